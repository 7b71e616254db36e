// Makes the module of src/pixel-kernel.wat and prints it in base64, for kernelModule in src/pixel-kernel.ts.
import { readFileSync } from 'node:fs';
import wabt from 'wabt';

const source = readFileSync(new URL('../src/pixel-kernel.wat', import.meta.url), 'utf8');
const { buffer } = (await wabt()).parseWat('pixel-kernel.wat', source, { simd: true }).toBinary({});
console.log(Buffer.from(buffer).toString('base64'));
