/* Softmax of rows by AVX512, as attention needs it: exact to some units in the last place, 0 for what lies far below the largest. */
#include "pack.h"
#include <math.h>
#if defined(__x86_64__) && (__GNUC__ >= 10 || __clang_major__ >= 9)
#include <immintrin.h>
#define TARGET __attribute__((target("avx512f,avx512dq")))

/* e^x of x <= 0: 2^n e^r with |r| <= ln 2 / 2, after Cephes; no number stays none. */
static inline TARGET __m512 exp_of_negative(__m512 x) {
  x = _mm512_max_ps(_mm512_set1_ps(-150), x);
  __m512 n = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(1.44269504f)), 0);
  __m512 r = _mm512_fnmadd_ps(n, _mm512_set1_ps(0.693359375f), x);
  r = _mm512_fmadd_ps(n, _mm512_set1_ps(2.12194440e-4f), r);
  const float factors[] = {1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f};
  __m512 p = _mm512_set1_ps(1.9875691500e-4f);
#pragma GCC unroll 5
  for (int i = 0; i < 5; i++) p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(factors[i]));
  return _mm512_scalef_ps(_mm512_fmadd_ps(p, _mm512_mul_ps(r, r), _mm512_add_ps(r, _mm512_set1_ps(1))), n);
}

TARGET void softmax_rows(int64_t rows, int64_t columns, float *x) {
  const __m512 none = _mm512_set1_ps(-INFINITY);
  const int64_t whole = columns & -16;
  const __mmask16 rest = (__mmask16)((1u << columns % 16) - 1);
  for (int64_t row = 0; row < rows; row++, x += columns) {
    __m512 largest = _mm512_mask_loadu_ps(none, rest, x + whole), sum = _mm512_setzero_ps();
    for (int64_t i = 0; i < whole; i += 16) largest = _mm512_max_ps(largest, _mm512_loadu_ps(x + i));
    largest = _mm512_set1_ps(_mm512_reduce_max_ps(largest));
    for (int64_t i = 0; i < whole; i += 16) {
      __m512 e = exp_of_negative(_mm512_sub_ps(_mm512_loadu_ps(x + i), largest));
      _mm512_storeu_ps(x + i, e);
      sum = _mm512_add_ps(sum, e);
    }
    __m512 last = exp_of_negative(_mm512_sub_ps(_mm512_mask_loadu_ps(none, rest, x + whole), largest));
    __m512 factor = _mm512_set1_ps(1 / _mm512_reduce_add_ps(_mm512_mask_add_ps(sum, rest, sum, last)));
    for (int64_t i = 0; i < whole; i += 16) _mm512_storeu_ps(x + i, _mm512_mul_ps(_mm512_loadu_ps(x + i), factor));
    _mm512_mask_storeu_ps(x + whole, rest, _mm512_mul_ps(last, factor));
  }
}
#else
void softmax_rows(int64_t rows, int64_t columns, float *x) { (void)rows, (void)columns, (void)x; }
#endif
