/* The operations of an Elementwise program on rows of numbers, as loops that compilers turn into vector code. */
#include "elementwise.h"
#include "functions.h"

/* Cases of one operand, x, and of two, x and y, of which either may be one element for all. */
#define EACH(expression)                    \
  for (int64_t i = 0; i < n; i++) {         \
    const float x = a[i];                   \
    out[i] = (expression);                  \
  }                                         \
  break;
#define PAIRED(expression)                  \
  if (one_a) {                              \
    const float x = *a;                     \
    for (int64_t i = 0; i < n; i++) {       \
      const float y = b[one_b ? 0 : i];     \
      out[i] = (expression);                \
    }                                       \
  } else if (one_b) {                       \
    const float y = *b;                     \
    for (int64_t i = 0; i < n; i++) {       \
      const float x = a[i];                 \
      out[i] = (expression);                \
    }                                       \
  } else {                                  \
    for (int64_t i = 0; i < n; i++) {       \
      const float x = a[i], y = b[i];       \
      out[i] = (expression);                \
    }                                       \
  }                                         \
  break;

WIDE void apply(int op, int64_t n, const float *a, int one_a, const float *b, int one_b, float *out) {
  switch (op) {
    case ADD: PAIRED(x + y)
    case SUB: PAIRED(x - y)
    case MUL: PAIRED(x * y)
    case DIV: PAIRED(x / y)
    case MAXIMUM: PAIRED(x != x ? x : y != y ? y : x > y ? x : y)
    case MINIMUM: PAIRED(x != x ? x : y != y ? y : x < y ? x : y)
    case GREATER: PAIRED(x > y ? 1.0f : 0.0f)
    case GREATER_EQUAL: PAIRED(x >= y ? 1.0f : 0.0f)
    case LESS: PAIRED(x < y ? 1.0f : 0.0f)
    case LESS_EQUAL: PAIRED(x <= y ? 1.0f : 0.0f)
    case EQUAL: PAIRED(x == y ? 1.0f : 0.0f)
    case AND: PAIRED(x != 0 && y != 0 ? 1.0f : 0.0f)
    case OR: PAIRED(x != 0 || y != 0 ? 1.0f : 0.0f)
    case NEGATE: EACH(-x)
    case ABSOLUTE: EACH(fabsf(x))
    case SQRT: EACH(sqrtf(x))
    case NOT: EACH(x == 0 ? 1.0f : 0.0f)
    case RECIPROCAL: EACH(1 / x)
    case COPY: EACH(x)
    case EXP: EACH(exp_of(x))
    case TANH: EACH(tanh_of(x))
    case ERF: EACH(erf_of(x))
    case FAST_GELU: EACH(fast_gelu(x))
    case GELU: EACH(gelu(x))
    case LOG: EACH(logf(x))
  }
}

WIDE void choose(int64_t n, const float *when, const float *a, int one_a, const float *b, int one_b, float *out) {
  if (one_a) {
    const float x = *a;
    for (int64_t i = 0; i < n; i++) out[i] = when[i] != 0 ? x : b[one_b ? 0 : i];
  } else if (one_b) {
    const float y = *b;
    for (int64_t i = 0; i < n; i++) out[i] = when[i] != 0 ? a[i] : y;
  } else {
    for (int64_t i = 0; i < n; i++) out[i] = when[i] != 0 ? a[i] : b[i];
  }
}

void repeat(int64_t n, const float *a, int one, float *out) {
  if (!one) memcpy(out, a, (size_t)n * 4);
  else
    for (int64_t i = 0; i < n; i++) out[i] = *a;
}

WIDE float reduce(int op, int64_t n, const float *a) {
  float lanes[LANES], start = op == ROW_MAX ? -INFINITY : op == ROW_MIN ? INFINITY : 0;
  for (int l = 0; l < LANES; l++) lanes[l] = start;
  int64_t i = 0;
  if (op == ROW_MAX)
    for (; i + LANES <= n; i += LANES)
      for (int l = 0; l < LANES; l++) lanes[l] = a[i + l] > lanes[l] || a[i + l] != a[i + l] ? a[i + l] : lanes[l];
  else if (op == ROW_MIN)
    for (; i + LANES <= n; i += LANES)
      for (int l = 0; l < LANES; l++) lanes[l] = a[i + l] < lanes[l] || a[i + l] != a[i + l] ? a[i + l] : lanes[l];
  else
    for (; i + LANES <= n; i += LANES)
      for (int l = 0; l < LANES; l++) lanes[l] += a[i + l];
  float all = start;
  for (int l = 0; l < LANES + n - i; l++) {
    float x = l < LANES ? lanes[l] : a[i + l - LANES];
    if (op == ROW_MAX) all = x > all || x != x ? x : all;
    else if (op == ROW_MIN) all = x < all || x != x ? x : all;
    else all += x;
  }
  return op == ROW_MEAN ? all / (float)n : all;
}

WIDE void accumulate(int64_t n, const float *a, float *sums) {
  for (int64_t i = 0; i < n; i++) sums[i] += a[i];
}
