// Refuses casts that no type checks (a cast of a cast, as `as unknown as T`, and types that hold `any` or `never`): at most ten in all
// source, each with its reason in a comment on its line.
// usage: node scripts/casts.mjs
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { root, sourcesOf, workspacePackages } from './workspace.mjs';

process.chdir(root);
const most = 10;
const { SyntaxKind } = ts;
const isCast = (node) => ts.isAsExpression(node) || ts.isTypeAssertionExpression(node);

const isWrapped = (node) =>
  ts.isParenthesizedExpression(node) || ts.isNonNullExpression(node) || ts.isSatisfiesExpression(node);
const unwrapped = (node) => (isWrapped(node) ? unwrapped(node.expression) : node);
const holds = (type, kinds) =>
  kinds.includes(type.kind) || ts.forEachChild(type, (child) => holds(child, kinds)) === true;

/** Whether an expression is cast by way of another type, or to one that fits everything. */
function isUnchecked(node) {
  if (!isCast(node)) return false;
  return (
    isCast(unwrapped(node.expression)) || holds(node.type, [SyntaxKind.AnyKeyword, SyntaxKind.NeverKeyword])
  );
}

/** The lines of a file that hold such a cast, each with its number. */
function uncheckedCasts(path) {
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const lines = file.text.split('\n');
  const found = [];
  const visit = (node) => {
    if (isUnchecked(node)) {
      const { line } = file.getLineAndCharacterOfPosition(node.getEnd());
      found.push({ place: `${path}:${line + 1}`, text: lines[line].trim() });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

const casts = workspacePackages().flatMap(sourcesOf).flatMap(uncheckedCasts);
const faults = casts
  .filter(({ text }) => !text.includes(' // '))
  .map(
    ({ place, text }) => `${place} must say at the end of the line why no type checks it; received ${text}`,
  );
if (casts.length > most) {
  const places = casts.map(({ place }) => place).join(', ');
  faults.push(
    `casts that no type checks must be at most ${most} in all; received ${casts.length}: ${places}`,
  );
}
for (const fault of faults) console.error(fault);
process.exit(faults.length === 0 ? 0 : 1);
