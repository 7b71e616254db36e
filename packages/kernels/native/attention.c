/*
 * m3ae.Attention: y = softmax(scale queries keys^T + bias) values, head by head, and m3ae.AttentionGrad, its gradient. Inputs: joint
 * [batch, tokens, 3 * dim], queries, keys and values side by side; bias of keys [batch or 1, 1, 1, tokens] or none; for the gradient also y
 * and dy [batch, tokens - queriesFrom, dim]. Products in float32, or with bf16 = 1 as in MatMul; all else in float32.
 *
 * A head is a task: its scores stay in the cache, and are computed again for the gradient, which needs no more of them than y tells
 * (Dao et al., FlashAttention, section 3.1). Operands are read, and results written, where they lie among the other heads.
 */
#include "functions.h"
#include "memory.h"
#include "pack.h"
#include "runtime.h"
#include <stdlib.h>

typedef struct {
  Api api;
  const Processor *processor;
  int64_t heads, from; /* the first token that asks */
  float scale;
} Kernel;

typedef struct {
  const Kernel *k;
  int64_t tokens, queries, dim, size; /* size: of a head */
  int64_t bias_step;
  const float *joint, *bias, *y, *dy;
  float *result;
  volatile int out_of_memory;
} Run;

/* What one head reads. */
typedef struct {
  const float *queries, *keys, *values, *bias;
  int64_t stride;
} Head;

static Head head_of(const Run *run, int64_t batch, int64_t head) {
  int64_t stride = 3 * run->dim;
  const float *first = run->joint + batch * run->tokens * stride + head * run->size;
  return (Head){first + run->k->from * stride, first + run->dim, first + 2 * run->dim,
                run->bias ? run->bias + batch * run->bias_step : NULL, stride};
}

static int weights_of(const Run *run, const Head *head, float *weights) {
  Operand queries = {head->queries, head->stride, 0}, keys = {head->keys, head->stride, 0};
  if (!multiply_alone(run->k->processor, queries, keys, run->queries, run->tokens, run->size, weights, run->tokens, run->k->scale,
                      head->bias))
    return 0;
  softmax_rows(run->queries, run->tokens, weights);
  return 1;
}

static void forward_task(void *user, size_t task) {
  Run *run = user;
  int64_t batch = (int64_t)task / run->k->heads, number = (int64_t)task % run->k->heads;
  Head head = head_of(run, batch, number);
  float *weights = take_memory((size_t)(run->queries * run->tokens) * 4);
  float *y = run->result + batch * run->queries * run->dim + number * run->size;
  Operand shares = {weights, run->tokens, 0}, values = {head.values, head.stride, 1};
  if (!weights || !weights_of(run, &head, weights) ||
      !multiply_alone(run->k->processor, shares, values, run->queries, run->size, run->tokens, y, run->dim, 1, NULL))
    run->out_of_memory = 1;
  give_memory(weights);
}

/* dScores = weights * (dWeights - rowSum(dy * y)), written over dWeights. */
WIDE static void scores_gradient(const Run *run, const float *y, const float *dy, const float *weights, float *d) {
  for (int64_t row = 0; row < run->queries; row++, y += run->dim, dy += run->dim, weights += run->tokens, d += run->tokens) {
    float sum = 0;
    for (int64_t i = 0; i < run->size; i++) sum += y[i] * dy[i];
    for (int64_t i = 0; i < run->tokens; i++) d[i] = weights[i] * (d[i] - sum);
  }
}

static int gradient(const Run *run, int64_t batch, int64_t number, float *weights, float *d) {
  Head head = head_of(run, batch, number);
  int64_t place = batch * run->queries * run->dim + number * run->size, stride = head.stride, tokens = run->tokens, size = run->size;
  const float *y = run->y + place, *dy = run->dy + place;
  float *queries = run->result + batch * tokens * stride + number * size, *keys = queries + run->dim, *values = keys + run->dim;
  const Processor *by = run->k->processor;
  float scale = run->k->scale, *asking = queries + run->k->from * stride;
  Operand shares = {weights, tokens, 1}, of_y = {dy, run->dim, 0}, along_y = {dy, run->dim, 1}, v = {head.values, stride, 0};
  if (!weights_of(run, &head, weights) || !multiply_alone(by, shares, along_y, tokens, size, run->queries, values, stride, 1, NULL) ||
      !multiply_alone(by, of_y, v, run->queries, tokens, size, d, tokens, 1, NULL))
    return 0;
  scores_gradient(run, y, dy, weights, d);
  for (int64_t row = 0; row < run->k->from; row++) memset(queries + row * stride, 0, (size_t)size * 4);
  Operand scores = {d, tokens, 0}, k = {head.keys, stride, 1}, across = {d, tokens, 1}, q = {head.queries, stride, 1};
  return multiply_alone(by, scores, k, run->queries, size, tokens, asking, stride, scale, NULL) &&
         multiply_alone(by, across, q, tokens, size, run->queries, keys, stride, scale, NULL);
}

static void gradient_task(void *user, size_t task) {
  Run *run = user;
  float *weights = take_memory((size_t)(run->queries * run->tokens) * 8);
  int64_t batch = (int64_t)task / run->k->heads, number = (int64_t)task % run->k->heads;
  if (!weights || !gradient(run, batch, number, weights, weights + run->queries * run->tokens)) run->out_of_memory = 1;
  give_memory(weights);
}

/* Whether all fits together, so that nothing is read beyond its end. */
static int fits(const Kernel *k, const Tensor *joint, const Tensor *bias) {
  return joint->rank == 3 && k->heads > 0 && joint->dims[2] % (3 * k->heads) == 0 && k->from >= 0 && k->from <= joint->dims[1] &&
         (!bias->data || (bias->rank == 4 && (bias->dims[0] == 1 || bias->dims[0] == joint->dims[0]) && bias->dims[1] == 1 &&
                          bias->dims[2] == 1 && bias->dims[3] == joint->dims[1]));
}

static int has_shape(const Tensor *x, const int64_t *dims) {
  return x->rank == 3 && x->dims[0] == dims[0] && x->dims[1] == dims[1] && x->dims[2] == dims[2];
}

static Status compute(const Kernel *k, void *context, int backward) {
  Tensor joint, bias, y = {.data = NULL}, dy = {.data = NULL};
  Status status = get_input(k->api, context, 0, &joint);
  if (!status) status = get_input(k->api, context, 1, &bias);
  if (!status && backward) status = get_input(k->api, context, 2, &y);
  if (!status && backward) status = get_input(k->api, context, 3, &dy);
  if (status) return status;
  if (!fits(k, &joint, &bias)) return failed(k->api, "Attention: shapes of inputs differ");
  int64_t batch = joint.dims[0], tokens = joint.dims[1], dim = joint.dims[2] / 3, queries = tokens - k->from;
  int64_t asked[] = {batch, queries, dim};
  if (backward && !(has_shape(&y, asked) && has_shape(&dy, asked))) return failed(k->api, "AttentionGrad: shapes of inputs differ");
  int64_t bias_step = bias.data && bias.dims[0] > 1 ? tokens : 0;
  Run run = {k, tokens, queries, dim, dim / k->heads, bias_step, joint.data, bias.data, y.data, dy.data, NULL, 0};
  if ((status = make_output(k->api, context, 0, backward ? joint.dims : asked, 3, (void **)&run.result))) return status;
  parallel(k->api, context, (size_t)(batch * k->heads), backward ? gradient_task : forward_task, &run);
  return run.out_of_memory ? failed(k->api, "Attention: out of memory") : NULL;
}
static Status forward(void *self, void *context) { return compute(self, context, 0); }
static Status backward(void *self, void *context) { return compute(self, context, 1); }

static Status create(const CustomOp *op, Api api, const void *info, void **kernel) {
  (void)op;
  const Processor *processor = processor_for(attribute_int(api, info, "bf16") != 0);
  if (!processor) return failed(api, "Attention: this processor lacks its products");
  Kernel *k = malloc(sizeof *k);
  if (!k) return failed(api, "Attention: out of memory");
  *k = (Kernel){api, processor, attribute_int(api, info, "heads"),
                attribute_int(api, info, "queriesFrom"), attribute_float(api, info, "scale", 1)};
  *kernel = k;
  return NULL;
}

static const char *name(const CustomOp *op) { return op == &attention ? "Attention" : "AttentionGrad"; }
static const char *provider(const CustomOp *op) { return (void)op, NULL; }
static int floats(const CustomOp *op, size_t place) { return (void)op, (void)place, FLOAT_TYPE; }
static size_t inputs(const CustomOp *op) { return op == &attention ? 2 : 4; }
static size_t one(const CustomOp *op) { return (void)op, 1; }
static int needed(const CustomOp *op, size_t place) { return (void)op, place == 1 ? OPTIONAL : REQUIRED; }
static int outputs(const CustomOp *op, size_t place) { return (void)op, (void)place, REQUIRED; }
static int memory(const CustomOp *op, size_t place) { return (void)op, (void)place, 0; }
static int zero(const CustomOp *op) { return (void)op, 0; }

#define OPERATOR(compute) {.version = 16, .name = name, .provider = provider, .input_type = floats, .input_count = inputs, \
                           .output_type = floats, .output_count = one, .destroy = free, .input_characteristic = needed,     \
                           .output_characteristic = outputs, .input_memory_type = memory, .variadic_input_min = zero,       \
                           .variadic_input_homogeneous = zero, .variadic_output_min = zero,                                 \
                           .variadic_output_homogeneous = zero, .create_v2 = create, .compute_v2 = compute}
const CustomOp attention = OPERATOR(forward), attention_gradient = OPERATOR(backward);
