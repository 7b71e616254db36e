/*
 * The AdamW update as one loop: as a chain of seventeen steps it is bound by the cache, as a loop by memory alone. Each operation is
 * rounded by itself, so the bits are those of the chain.
 */
#include "elementwise.h"
#include "functions.h"

/* A chain as text: operations before their operands, inputs as letters in the order in which they are met, single numbers as
 * capitals, single booleans behind a "!". */
typedef struct {
  char text[160];
  int used, count, inputs[26];
} Form;

static void put(Form *form, char letter) {
  if (form->used < (int)sizeof form->text - 1) form->text[form->used++] = letter;
}

static void describe(const Kernel *k, int operand, Form *form) {
  if (form->used >= (int)sizeof form->text - 1) return;
  if (operand >= k->inputs) {
    const Step *step = &k->program[operand - k->inputs];
    put(form, step->kind != FULL        ? '#'
              : step->op == ADD   ? '+'
              : step->op == MUL   ? '*'
              : step->op == DIV   ? '/'
              : step->op == SQRT  ? 'r'
              : step->op == WHERE ? '?'
                                  : '#');
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

/* m' = m b1 + g (1 - b1), v' = v b2 + (g c)^2 and p' = p + m' / (sqrt v' + e) r [+ p d], all where the condition holds. */
#define MEAN "+*bC*dE"
#define SQUARE "+*fG**dH*dH"
#define CHANGE "*/" MEAN "+r" SQUARE "JK"
#define UPDATED "?!A" MEAN "b?!A" SQUARE "f?!A+i"

AdamW find_adamw(const Kernel *k) {
  Form form = {.used = 0};
  for (int i = 0; i < k->results; i++) describe(k, k->inputs + k->made[i].step, &form);
  form.text[form.used] = 0;
  int decays = !strcmp(form.text, UPDATED "+" CHANGE "*iLi");
  if (k->results != 3 || !(decays || !strcmp(form.text, UPDATED CHANGE "i"))) return (AdamW){.condition = -1};
  const int *in = form.inputs;
  return (AdamW){in[0], in[1], in[2], in[3], in[4], in[5], in[6], in[7], in[8], in[9], in[10], decays ? in[11] : -1};
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

void run_adamw(const AdamW *a, const float *const *inputs, float *const *results, int64_t from, int64_t count) {
  const float *m = inputs[a->mean] + from, *v = inputs[a->square] + from, *p = inputs[a->params] + from, *g = inputs[a->gradient] + from;
  float *to_m = results[0] + from, *to_v = results[1] + from, *to_p = results[2] + from;
  float b1 = *inputs[a->keep_mean], c1 = *inputs[a->add_mean], b2 = *inputs[a->keep_square], c2 = *inputs[a->add_square];
  float epsilon = *inputs[a->epsilon], rate = *inputs[a->rate];
  if (!*(const uint8_t *)inputs[a->condition]) {
    memmove(to_m, m, (size_t)count * 4);
    memmove(to_v, v, (size_t)count * 4);
    memmove(to_p, p, (size_t)count * 4);
  } else update(count, m, v, p, g, b1, c1, b2, c2, epsilon, rate, a->decay < 0 ? NULL : inputs[a->decay], to_m, to_v, to_p);
}
