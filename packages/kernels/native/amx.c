/*
 * Products in bf16 with float32 sums by AMX: tiles of 16 rows and 64 bytes, four of sums, two of a, two of b.
 * Rows of a stand one after the other; columns of b as for AVX512-BF16, so that its packing serves here too.
 */
#include "pack.h"
#include <stddef.h>
#if defined(__x86_64__) && defined(__linux__) && (__GNUC__ >= 11 || __clang_major__ >= 12)
#include <immintrin.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,amx-tile,amx-bf16")))
#define ROWS 32
#define COLUMNS 32
#define PAIRS 16 /* of one tile */
#include "lanes.h"

int has_amx_bf16(void) {
  unsigned a, b, c, d;
  if (!has_avx512_bf16()) return 0;
  __asm__("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(7), "c"(0));
  if (!(d >> 22 & 1) || !(d >> 24 & 1)) return 0;
  return syscall(SYS_arch_prctl, 0x1023 /* ARCH_REQ_XCOMP_PERM */, 18 /* tile data */) == 0;
}

/* The compiler's own function for it says of the first eight bytes alone that they are read: GCC 12 leaves out what writes the others. */
#ifndef load_configuration
#define load_configuration(shape) __asm__ volatile("ldtilecfg %0" : : "m"(shape))
#endif

static TARGET void begin(void) {
  struct {
    uint8_t palette, start, unused[14];
    uint16_t bytes[16];
    uint8_t rows[16];
  } shape __attribute__((aligned(64))) = {.palette = 1};
  for (int tile = 0; tile < 8; tile++) shape.bytes[tile] = 64, shape.rows[tile] = 16;
  load_configuration(shape);
}

static TARGET void end(void) { _tile_release(); }

static int64_t filled(int64_t length) { return ((length + 1) / 2 + PAIRS - 1) / PAIRS * PAIRS; }

/* Elements k to k + length of a row, in pairs, filled up with zeros. */
static inline TARGET void pack_row(const float *a, int64_t length, int64_t pairs, uint32_t *out) {
  for (int64_t i = 0; i < 2 * pairs; i += 32) {
    __m512 low = _mm512_maskz_loadu_ps(first_lanes(length - i), a + i);
    __m512 high = _mm512_maskz_loadu_ps(first_lanes(length - i - 16), a + i + 16);
    _mm512_storeu_si512(out + i / 2, (__m512i)_mm512_cvtne2ps_pbh(high, low));
  }
}

/* Sixteen pairs of 16 rows that lie beside each other. */
static inline TARGET void pack_block(const float *a, int64_t stride, int rows, int64_t length, int64_t pairs_a_row, uint32_t *out) {
  __mmask16 real = first_lanes(rows);
  __m512i words[16];
  for (int pair = 0; pair < 16; pair++) {
    const float *at = a + 2 * pair * stride;
    __m512 low = 2 * pair < length ? _mm512_maskz_loadu_ps(real, at) : _mm512_setzero_ps();
    __m512 high = 2 * pair + 1 < length ? _mm512_maskz_loadu_ps(real, at + stride) : _mm512_setzero_ps();
    words[pair] = pairs(low, high);
  }
  transpose(words);
  for (int row = 0; row < 16; row++) _mm512_storeu_si512(out + row * pairs_a_row, words[row]);
}

static TARGET void pack_a(Operand x, int64_t from, int64_t count, int64_t k, int64_t length, uint32_t *out) {
  int64_t pairs = filled(length), stored = (count + ROWS - 1) / ROWS * ROWS;
  if (x.across) {
    for (int64_t row = 0; row < stored; row += 16)
      for (int64_t pair = 0; pair < pairs; pair += 16) {
        int64_t rows = count - row < 16 ? count - row : 16;
        const float *a = x.data + (k + 2 * pair) * x.stride + from + row;
        pack_block(a, x.stride, rows < 0 ? 0 : (int)rows, length - 2 * pair, pairs, out + row * pairs + pair);
      }
    return;
  }
  for (int64_t row = 0; row < count; row++) pack_row(x.data + (from + row) * x.stride + k, length, pairs, out + row * pairs);
  memset(out + count * pairs, 0, (size_t)((stored - count) * pairs) * 4);
}

static TARGET void pack_b(Operand x, int64_t from, int64_t count, int64_t k, int64_t length, uint32_t *out) {
  int64_t pairs = filled(length), real = (length + 1) / 2;
  for (int64_t column = 0; column < count; column += COLUMNS, out += COLUMNS * pairs) {
    int64_t columns = count - column < COLUMNS ? count - column : COLUMNS;
    avx512_bf16.pack_b(x, from + column, columns, k, length, out);
    memset(out + COLUMNS * real, 0, (size_t)(COLUMNS * (pairs - real)) * 4);
  }
}

static TARGET void multiply(const uint32_t *a, const uint32_t *b, int64_t pairs, const Tile *tile) {
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  for (int64_t k = 0; k < pairs; k += PAIRS) {
    _tile_loadd(4, a + k, pairs * 4);
    _tile_loadd(5, a + 16 * pairs + k, pairs * 4);
    _tile_loadd(6, b + k * COLUMNS, COLUMNS * 4);
    _tile_loadd(7, b + k * COLUMNS + 16, COLUMNS * 4);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  float sums[ROWS][COLUMNS] __attribute__((aligned(64)));
  _tile_stored(0, sums[0], COLUMNS * 4);
  _tile_stored(1, sums[0] + 16, COLUMNS * 4);
  _tile_stored(2, sums[16], COLUMNS * 4);
  _tile_stored(3, sums[16] + 16, COLUMNS * 4);
  for (int i = 0; i < tile->rows; i++)
    for (int j = 0; j < tile->columns; j++) {
      float *c = tile->c + i * tile->stride + j, sum = tile->first ? sums[i][j] : *c + sums[i][j];
      *c = tile->last ? sum * tile->scale + (tile->bias ? tile->bias[j] : 0) : sum;
    }
}

const Processor amx_bf16 = {ROWS, COLUMNS, 2, PAIRS, pack_a, pack_b, multiply, begin, end};
#else
int has_amx_bf16(void) { return 0; }
const Processor amx_bf16 = {1, 1, 2, 1, NULL, NULL, NULL, NULL, NULL};
#endif
