// Makes the module of src/resample.wat and prints it in base64, for kernelModule in src/resample-kernel.ts.
import { readFileSync } from 'node:fs';
import wabt from 'wabt';

const source = readFileSync(new URL('../src/resample.wat', import.meta.url), 'utf8');
const { buffer } = (await wabt()).parseWat('resample.wat', source, { simd: true }).toBinary({});
console.log(Buffer.from(buffer).toString('base64'));
