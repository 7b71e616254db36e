/* Functions that compilers turn into vector code, with the same bits whatever the width of vectors. */
#ifndef M3AE_FUNCTIONS_H
#define M3AE_FUNCTIONS_H
#include <math.h>
#include <stdint.h>
#include <string.h>

#define LANES 16 /* sums of a row, and largest elements, whatever the processor */

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define WIDE __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define WIDE
#endif

/* exp, to 2 units in the last place: 2^n e^r with |r| <= ln 2 / 2, after Cephes. */
static inline float exp_of(float x) {
  float bounded = x > 88.72283f ? 88.72283f : x < -103.97f ? -103.97f : x;
  float n = floorf(bounded * 1.44269504f + 0.5f), r = bounded - n * 0.693359375f + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1;
  /* In two factors, since 2^n alone may be no normal number. */
  int32_t whole = (int32_t)n, half = whole / 2, low = (half + 127) << 23, high = (whole - half + 127) << 23;
  float f, g;
  memcpy(&f, &low, 4);
  memcpy(&g, &high, 4);
  float y = p * f * g;
  y = x > 88.72283f ? INFINITY : x < -103.97f ? 0 : y;
  return x != x ? x : y;
}

/* tanh as a quotient of polynomials, as in Eigen; to 5 units in the last place. */
static inline float tanh_of(float x) {
  float b = x > 7.9053111f ? 7.9053111f : x < -7.9053111f ? -7.9053111f : x, s = b * b;
  float p = -2.76076847742355e-16f;
  p = p * s + 2.00018790482477e-13f;
  p = p * s - 8.60467152213735e-11f;
  p = p * s + 5.12229709037114e-08f;
  p = p * s + 1.48572235717979e-05f;
  p = p * s + 6.37261928875436e-04f;
  p = p * s + 4.89352455891786e-03f;
  float q = 1.19825839466702e-06f;
  q = q * s + 1.18534705686654e-04f;
  q = q * s + 2.26843463243900e-03f;
  q = q * s + 4.89352518554385e-03f;
  return x != x ? x : b * p / q;
}

/* erf, error below 1.5e-7: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26; a series near 0. */
static inline float erf_of(float x) {
  float m = x < 0 ? -x : x, t = 1 / (1 + 0.3275911f * m), s = x * x;
  float p = ((((1.061405429f * t - 1.453152027f) * t + 1.421413741f) * t - 0.284496736f) * t + 0.254829592f) * t;
  float far = 1 - p * exp_of(-s), near = x * 1.12837917f * (1 - s * (0.33333333f - s * (0.1f - s * 0.023809524f)));
  far = x < 0 ? -far : far;
  return m < 0.3f ? near : x != x ? x : far;
}

static inline float fast_gelu(float x) { return 0.5f * x * (1 + tanh_of(x * (0.0356774081f * x * x + 0.797884561f))); }
static inline float gelu(float x) { return 0.5f * x * (1 + erf_of(x * 0.707106781f)); }
#endif
