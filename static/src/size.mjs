// Fails when what a first visit loads has grown beyond its budget.
import { readFileSync } from 'node:fs';
import { brotliCompressSync } from 'node:zlib';

const budget = { 'app.css': 24_000, 'app.js': 26_000 };
for (const [name, limit] of Object.entries(budget)) {
  const size = brotliCompressSync(readFileSync(`dist/${name}`)).length;
  console.log(`${name}: ${size} bytes in brotli, of ${limit}`);
  if (size > limit) process.exitCode = 1;
}
