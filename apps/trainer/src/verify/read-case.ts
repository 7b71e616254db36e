import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { decodeSafetensors } from '@m3ae/checkpoint';
import { BadCaseError } from './bad-case.js';
import type { CaseTensor, GoldenCase } from './types.js';

/**
 * Lists the case folders of what was named: a folder with a `case.json`, or the folders in it that have one.
 *
 * @throws BadCaseError if there is no such folder, or no case in it.
 */
export function findCases(folder: string): string[] {
  const path = resolve(folder);
  if (!existsSync(path) || !statSync(path).isDirectory()) {
    throw new BadCaseError(
      `DIR must be a folder; received ${folder}. Name a folder with a case.json, or one that holds such folders.`,
    );
  }
  if (existsSync(join(path, 'case.json'))) return [path];
  const inside = readdirSync(path)
    .sort()
    .map((name) => join(path, name))
    .filter((child) => existsSync(join(child, 'case.json')));
  if (inside.length === 0) {
    throw new BadCaseError(
      `DIR must hold a case.json, or folders that do; ${folder} has neither. Name the folder of the golden cases.`,
    );
  }
  return inside;
}

/** @throws BadCaseError if a file is missing or cannot be read. */
export function readCase(folder: string): GoldenCase {
  const meta = readMeta(join(folder, 'case.json'));
  if (typeof meta.kind !== 'string') {
    throw new BadCaseError(
      `kind must be a string; received ${JSON.stringify(meta.kind)}. See golden/README.md.`,
    );
  }
  return { name: basename(folder), folder, kind: meta.kind, meta, tensors: readTensors(folder) };
}

function readMeta(path: string): Record<string, unknown> {
  let meta: unknown;
  try {
    meta = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new BadCaseError(`case.json must be readable JSON; received ${path}: ${(error as Error).message}.`);
  }
  if (typeof meta !== 'object' || meta === null || Array.isArray(meta)) {
    throw new BadCaseError(`case.json must hold an object; received ${JSON.stringify(meta).slice(0, 60)}.`);
  }
  return meta as Record<string, unknown>;
}

function readTensors(folder: string): Map<string, CaseTensor> {
  const path = join(folder, 'tensors.safetensors');
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch {
    throw new BadCaseError(`tensors.safetensors must lie beside case.json; ${path} cannot be read.`);
  }
  try {
    return new Map(Object.entries(decodeSafetensors(bytes).tensors) as [string, CaseTensor][]);
  } catch (error) {
    throw new BadCaseError(
      `tensors.safetensors must be a whole safetensors file; ${(error as Error).message}`,
    );
  }
}
