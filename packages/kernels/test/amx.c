/* Multiplies tables of random lengths by the code for AMX, with its tiles in software; prints the largest error against double precision. */
#include "software-tiles.h"
#include "../native/amx.c"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t state = 1;
static uint64_t next(void) { return state = state * 6364136223846793005u + 1442695040888963407u, state >> 33; }
/* A number that bf16 holds, so that nothing is rounded but sums. */
static float small(void) { return ((float)(next() % 255) - 127) / 64; }

int main(void) {
  double worst = 0;
  if (!has_avx512_bf16()) return puts("no bf16"), 0;
  for (int round = 0; round < 400; round++) {
    int64_t rows = 1 + (int64_t)next() % 70, columns = 1 + (int64_t)next() % 70, length = 1 + (int64_t)next() % 150;
    int across_a = next() % 2, across_b = next() % 2;
    float *a = malloc(4 * (size_t)(rows * length)), *b = malloc(4 * (size_t)(columns * length)), *c = calloc((size_t)(rows * columns), 4);
    for (int64_t i = 0; i < rows * length; i++) a[i] = small();
    for (int64_t i = 0; i < columns * length; i++) b[i] = small();
    int64_t words = filled(length), stored_a = (rows + ROWS - 1) / ROWS * ROWS, stored_b = (columns + COLUMNS - 1) / COLUMNS * COLUMNS;
    uint32_t *packed_a = malloc(4 * (size_t)(stored_a * words)), *packed_b = malloc(4 * (size_t)(stored_b * words));
    memset(packed_a, 0x7f, 4 * (size_t)(stored_a * words)), memset(packed_b, 0x7f, 4 * (size_t)(stored_b * words));
    Operand x = {a, across_a ? rows : length, across_a}, y = {b, across_b ? columns : length, across_b};
    amx_bf16.begin();
    amx_bf16.pack_a(x, 0, rows, 0, length, packed_a);
    amx_bf16.pack_b(y, 0, columns, 0, length, packed_b);
    for (int64_t i = 0; i < rows; i += ROWS)
      for (int64_t j = 0; j < columns; j += COLUMNS) {
        Tile tile = {c + i * columns + j, columns, (int)(rows - i < ROWS ? rows - i : ROWS),
                     (int)(columns - j < COLUMNS ? columns - j : COLUMNS), 1, 1, 1, NULL};
        amx_bf16.multiply(packed_a + i * words, packed_b + j * words, words, &tile);
      }
    amx_bf16.end();
    for (int64_t i = 0; i < rows; i++)
      for (int64_t j = 0; j < columns; j++) {
        double sum = 0;
        for (int64_t k = 0; k < length; k++)
          sum += (double)(across_a ? a[k * rows + i] : a[i * length + k]) * (across_b ? b[k * columns + j] : b[j * length + k]);
        double error = fabs(c[i * columns + j] - sum);
        if (!(error <= worst)) worst = error;
      }
    free(a), free(b), free(c), free(packed_a), free(packed_b);
  }
  printf("%g\n", worst);
  return 0;
}
