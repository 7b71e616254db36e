/*
 * Chains that are met in every training step and have a loop of their own: step by step they are bound by the cache, as a loop by memory or by
 * their arithmetic. Each operation is rounded by itself and in the same order, so the bits are those of the chain.
 */
#include "elementwise.h"
#include "functions.h"

/* A chain as text: operations before their operands, inputs as letters in the order in which they are met, single numbers as
 * capitals, single booleans behind a "!". */
typedef struct {
  char text[320];
  int used, count, inputs[26];
} Form;

static void put(Form *form, char letter) {
  if (form->used < (int)sizeof form->text - 1) form->text[form->used++] = letter;
}

static char symbol_of(const Step *step) {
  if (step->op == COLUMN_SUM) return 's';
  if (step->kind != FULL) return '#';
  switch (step->op) {
    case ADD: return '+';
    case SUB: return '-';
    case MUL: return '*';
    case DIV: return '/';
    case SQRT: return 'r';
    case TANH: return 't';
    case WHERE: return '?';
    default: return '#';
  }
}

static void describe(const Kernel *k, int operand, Form *form) {
  if (form->used >= (int)sizeof form->text - 1) return;
  if (operand >= k->inputs) {
    const Step *step = &k->program[operand - k->inputs];
    put(form, symbol_of(step));
    for (int i = 0; i < 3; i++)
      if (step->operands[i] >= 0) describe(k, step->operands[i], form);
    return;
  }
  int place = 0;
  while (place < form->count && form->inputs[place] != operand) place++;
  if (place == 26) return put(form, '#');
  if (place == form->count) form->inputs[form->count++] = operand;
  int kind = k->kinds[operand];
  if (kind == BOOLEAN + SCALAR) put(form, '!');
  put(form, (char)(kind == FULL ? 'a' + place : kind % BOOLEAN == SCALAR ? 'A' + place : '#'));
}

/* AdamW: m' = m b1 + g (1 - b1), v' = v b2 + (g c)^2 and p' = p + m' / (sqrt v' + e) r [+ p d], all where the condition holds. */
#define MEAN "+*bC*dE"
#define SQUARE "+*fG**dH*dH"
#define CHANGE "*/" MEAN "+r" SQUARE "JK"
#define UPDATED "?!A" MEAN "b?!A" SQUARE "f?!A+i"

/* The gradient of GELU by tanh, dy (((t + 1) + x (1 - t t) (x x c + d)) h) with t = tanh (x (x x b + d)), and its sum over rows. */
#define TANH_OF_X "t*b+**bbCD"
#define GELU_GRADIENT "*a*++" TANH_OF_X "E**b-E*" TANH_OF_X TANH_OF_X "+**bbFDG"

Loop find_loop(const Kernel *k) {
  static const char *const forms[] = {
      [ADAMW] = UPDATED CHANGE "i", [ADAMW_WITH_DECAY] = UPDATED "+" CHANGE "*iLi", [GELU_GRADIENT_AND_SUM] = GELU_GRADIENT "s" GELU_GRADIENT};
  Form form = {.used = 0};
  for (int i = 0; i < k->results; i++) {
    if (k->made[i].boolean) put(&form, '#');
    describe(k, k->inputs + k->made[i].step, &form);
  }
  form.text[form.used] = 0;
  Loop loop = {.kind = NO_LOOP};
  for (int kind = ADAMW; kind <= GELU_GRADIENT_AND_SUM; kind++)
    if (k->results == (kind == GELU_GRADIENT_AND_SUM ? 2 : 3) && !strcmp(form.text, forms[kind])) loop.kind = kind;
  for (int i = 0; i < form.count && i < LOOP_INPUTS; i++) loop.inputs[i] = form.inputs[i];
  return loop;
}

/* Tables that may lie in one place: elements with the same number, and no others, depend on each other. */
#if defined(__clang__)
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define INDEPENDENT _Pragma("GCC ivdep")
#endif

WIDE static void update(int64_t n, const float *m, const float *v, const float *p, const float *g, float b1, float c1, float b2, float c2,
                        float epsilon, float rate, const float *decay, float *to_m, float *to_v, float *to_p) {
  const float d = decay ? *decay : 0;
  INDEPENDENT
  for (int64_t i = 0; i < n; i++) {
    float mean = m[i] * b1 + g[i] * c1, root = g[i] * c2, square = v[i] * b2 + root * root;
    float change = mean / (sqrtf(square) + epsilon) * rate;
    to_p[i] = p[i] + (decay ? change + p[i] * d : change);
    to_m[i] = mean;
    to_v[i] = square;
  }
}

/* Element by element and not table by table: the new mean may lie where the old square lies, and the other way round. */
WIDE static void keep(int64_t n, const float *m, const float *v, const float *p, float *to_m, float *to_v, float *to_p) {
  INDEPENDENT
  for (int64_t i = 0; i < n; i++) {
    float mean = m[i], square = v[i], param = p[i];
    to_m[i] = mean;
    to_v[i] = square;
    to_p[i] = param;
  }
}

WIDE static void gelu_gradient(int64_t n, const float *dy, const float *x, float b, float d, float one, float c, float half, float *out,
                               float *sums) {
  INDEPENDENT
  for (int64_t i = 0; i < n; i++) {
    float square = x[i] * x[i], t = tanh_of(x[i] * (square * b + d));
    float slope = ((t + one) + x[i] * (one - t * t) * (square * c + d)) * half;
    out[i] = dy[i] * slope;
    sums[i] += out[i];
  }
}

void run_loop(const Kernel *k, const float *const *inputs, void *const *results, float *sums, int64_t row, int64_t rows) {
  const float *in[LOOP_INPUTS];
  const int64_t from = row * k->width, count = rows * k->width;
  for (int i = 0; i < LOOP_INPUTS; i++) in[i] = inputs[k->loop.inputs[i]];
  if (k->loop.kind == GELU_GRADIENT_AND_SUM) {
    for (int64_t at = from; at < from + count; at += k->width)
      gelu_gradient(k->width, in[0] + at, in[1] + at, *in[2], *in[3], *in[4], *in[5], *in[6], (float *)results[0] + at, sums);
    return;
  }
  const float *old[] = {in[1] + from, in[5] + from, in[8] + from}, *decay = k->loop.kind == ADAMW ? NULL : in[11];
  float *to[] = {(float *)results[0] + from, (float *)results[1] + from, (float *)results[2] + from};
  if (*(const uint8_t *)in[0])
    update(count, old[0], old[1], old[2], in[3] + from, *in[2], *in[4], *in[6], *in[7], *in[9], *in[10], decay, to[0], to[1], to[2]);
  else keep(count, old[0], old[1], old[2], to[0], to[1], to[2]);
}
