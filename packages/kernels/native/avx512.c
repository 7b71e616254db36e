/*
 * Products by AVX512: of float32, and with AVX512-BF16 of bf16 with float32 sums. Tiles of 14 x 32: 28 registers of sums, 2 of b, 1 of a.
 * A packed word is one element of float32 or a pair in bf16; functions with `bf16` are made for either.
 */
#include "pack.h"
#include <stddef.h>
#if defined(__x86_64__) && (__GNUC__ >= 10 || __clang_major__ >= 9)
#include <immintrin.h>
#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")))
#define EITHER static inline __attribute__((always_inline)) TARGET
#define ROWS 14
#define COLUMNS 32
#include "lanes.h"

int has_avx512(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}

int has_avx512_bf16(void) {
  unsigned a, b, c, d;
  if (!has_avx512()) return 0;
  __asm__("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(7), "c"(1));
  return a >> 5 & 1;
}

static inline TARGET uint32_t pair(float x, float y) {
  return (uint32_t)_mm_cvtsi128_si32((__m128i)_mm_cvtneps_pbh(_mm_set_ps(0, 0, y, x)));
}

/* Packs columns of a matrix: what lies beside each other is read together, and goes to panels of `width`. */
EITHER void pack_across(Operand x, int64_t from, int64_t count, int64_t k, int64_t length, int width, uint32_t *out, int bf16) {
  const int each = bf16 ? 2 : 1; /* elements of a word */
  const int64_t words = (length + each - 1) / each;
  for (int64_t i = 0; i < length; i += each) {
    const float *a = x.data + (k + i) * x.stride + from;
    uint32_t *word = out + i / each * width;
    for (int64_t row = 0; row < count; row += width, word += width * words)
      for (int half = 0; half < width; half += 16) {
        __mmask16 real = first_lanes(count - row - half), all = first_lanes(width - half);
        real &= all;
        __m512 low = _mm512_maskz_loadu_ps(real, a + row + half);
        __m512 high = bf16 && i + 1 < length ? _mm512_maskz_loadu_ps(real, a + x.stride + row + half) : _mm512_setzero_ps();
        _mm512_mask_storeu_epi32(word + half, all, bf16 ? pairs(low, high) : (__m512i)low);
      }
  }
}

/* Packs up to 16 rows beside each other: out[word * width + row], of a panel `width` wide. */
EITHER void pack_rows(Operand x, int64_t from, int rows, int64_t k, int64_t length, int width, int stored, uint32_t *out, int bf16) {
  __mmask16 all = first_lanes(stored);
  const int each = bf16 ? 2 : 1;
  const float *a = x.data + from * x.stride + k;
  int64_t i = 0;
  for (; i + 16 * each <= length; i += 16 * each) {
    __m512i r[16];
    for (int row = 0; row < 16; row++) {
      const float *at = a + row * x.stride + i;
      if (row >= rows) r[row] = _mm512_setzero_si512();
      else if (bf16) r[row] = (__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(at + 16), _mm512_loadu_ps(at));
      else r[row] = (__m512i)_mm512_loadu_ps(at);
    }
    transpose(r);
    for (int p = 0; p < 16; p++) _mm512_mask_storeu_epi32(out + (i / each + p) * width, all, r[p]);
  }
  for (; i < length; i += each)
    for (int row = 0; row < stored; row++) {
      const float *at = a + row * x.stride + i;
      uint32_t *word = out + i / each * width + row;
      if (row >= rows) *word = 0;
      else if (bf16) *word = pair(at[0], i + 1 < length ? at[1] : 0);
      else *(float *)word = at[0];
    }
}

EITHER void pack_a(Operand x, int64_t from, int64_t count, int64_t k, int64_t length, uint32_t *out, int bf16) {
  int64_t words = bf16 ? (length + 1) / 2 : length;
  if (x.across) {
    pack_across(x, from, count, k, length, ROWS, out, bf16);
    return;
  }
  for (int64_t row = 0; row < count; row += ROWS, out += ROWS * words)
    pack_rows(x, from + row, count - row < ROWS ? (int)(count - row) : ROWS, k, length, ROWS, ROWS, out, bf16);
}

EITHER void pack_b(Operand x, int64_t from, int64_t count, int64_t k, int64_t length, uint32_t *out, int bf16) {
  int64_t words = bf16 ? (length + 1) / 2 : length;
  if (x.across) {
    pack_across(x, from, count, k, length, COLUMNS, out, bf16);
    return;
  }
  for (int64_t row = 0; row < count; row += COLUMNS, out += COLUMNS * words)
    for (int half = 0; half < COLUMNS; half += 16) {
      int64_t left = count - row - half;
      pack_rows(x, from + row + half, left > 16 ? 16 : left < 0 ? 0 : (int)left, k, length, COLUMNS, 16, out + half, bf16);
    }
}

EITHER void multiply(const uint32_t *a, const uint32_t *b, int64_t length, const Tile *tile, int bf16) {
  __m512 left[ROWS], right[ROWS];
  for (int i = 0; i < ROWS; i++) {
    left[i] = right[i] = _mm512_setzero_ps();
    if (i < tile->rows) {
      _mm_prefetch((const char *)(tile->c + i * tile->stride), _MM_HINT_T0);
      _mm_prefetch((const char *)(tile->c + i * tile->stride + 16), _MM_HINT_T0);
    }
  }
  for (int64_t k = 0; k < length; k++, a += ROWS, b += COLUMNS) {
    __m512i x = _mm512_loadu_si512(b), y = _mm512_loadu_si512(b + 16);
#pragma GCC unroll 14
    for (int i = 0; i < ROWS; i++) {
      __m512i factor = _mm512_set1_epi32((int)a[i]);
      left[i] = bf16 ? _mm512_dpbf16_ps(left[i], (__m512bh)x, (__m512bh)factor) : _mm512_fmadd_ps((__m512)x, (__m512)factor, left[i]);
      right[i] = bf16 ? _mm512_dpbf16_ps(right[i], (__m512bh)y, (__m512bh)factor) : _mm512_fmadd_ps((__m512)y, (__m512)factor, right[i]);
    }
  }
  __mmask16 low = first_lanes(tile->columns), high = first_lanes(tile->columns - 16);
  __m512 scale = _mm512_set1_ps(tile->scale), none = _mm512_setzero_ps();
  int finish = tile->last && (tile->scale != 1 || tile->bias);
  __m512 bias_low = tile->bias ? _mm512_maskz_loadu_ps(low, tile->bias) : none;
  __m512 bias_high = tile->bias ? _mm512_maskz_loadu_ps(high, tile->bias + 16) : none;
#pragma GCC unroll 14
  for (int i = 0; i < ROWS; i++) {
    if (i >= tile->rows) continue;
    float *c = tile->c + i * tile->stride;
    if (!tile->first) {
      left[i] = _mm512_add_ps(left[i], _mm512_maskz_loadu_ps(low, c));
      right[i] = _mm512_add_ps(right[i], _mm512_maskz_loadu_ps(high, c + 16));
    }
    if (finish) {
      left[i] = _mm512_fmadd_ps(left[i], scale, bias_low);
      right[i] = _mm512_fmadd_ps(right[i], scale, bias_high);
    }
    _mm512_mask_storeu_ps(c, low, left[i]);
    _mm512_mask_storeu_ps(c + 16, high, right[i]);
  }
}

#define EACH(kind, bf16)                                                                                                              \
  static TARGET void pack_a_##kind(Operand x, int64_t from, int64_t count, int64_t k, int64_t length, uint32_t *out) {                \
    pack_a(x, from, count, k, length, out, bf16);                                                                                     \
  }                                                                                                                                   \
  static TARGET void pack_b_##kind(Operand x, int64_t from, int64_t count, int64_t k, int64_t length, uint32_t *out) {                \
    pack_b(x, from, count, k, length, out, bf16);                                                                                     \
  }                                                                                                                                   \
  static TARGET void multiply_##kind(const uint32_t *a, const uint32_t *b, int64_t length, const Tile *tile) {                        \
    multiply(a, b, length, tile, bf16);                                                                                               \
  }
EACH(float32, 0)
EACH(bf16, 1)

static void nothing(void) {}
const Processor avx512_float32 = {ROWS, COLUMNS, 1, 1, pack_a_float32, pack_b_float32, multiply_float32, nothing, nothing};
const Processor avx512_bf16 = {ROWS, COLUMNS, 2, 1, pack_a_bf16, pack_b_bf16, multiply_bf16, nothing, nothing};
#else
int has_avx512(void) { return 0; }
int has_avx512_bf16(void) { return 0; }
const Processor avx512_float32 = {1, 1, 1, 1, NULL, NULL, NULL, NULL, NULL};
const Processor avx512_bf16 = {1, 1, 2, 1, NULL, NULL, NULL, NULL, NULL};
#endif
