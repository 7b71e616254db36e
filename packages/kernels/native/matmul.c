/*
 * m3ae.MatMul: y = alpha * a b + bias. float32 in and out; with bf16 = 1 the factors are rounded to bf16, the sums stay float32.
 * Any lengths, transposed operands, leading axes that are equal or 1. The result has the same bits for any number of threads:
 * how the work is cut depends on shapes alone.
 */
#include "memory.h"
#include "pack.h"
#include "runtime.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
  Api api;
  const Processor *processor;
  int across_a, across_b;
  float alpha;
} Kernel;

/* One product, or many of equal sizes. */
typedef struct {
  Api api;
  const void *context;
  const Processor *processor;
  Operand a, b; /* of the first product */
  const float *bias;
  float *c, alpha;
  int64_t stride; /* of c */
  int64_t rows, columns, length;
  int64_t rows_a_task, columns_a_task, row_tasks, column_tasks;
  uint32_t *packed_a;
  volatile int out_of_memory;
} Product;

/* Longest part of a sum: a packed tile of b, and a few of a, stay in the second-level cache. */
#define PART 1024

static int64_t up(int64_t x, int64_t unit) { return (x + unit - 1) / unit * unit; }
static int64_t least(int64_t x, int64_t y) { return x < y ? x : y; }
static int64_t words_of(const Processor *processor, int64_t length) {
  return up((length + processor->elements - 1) / processor->elements, processor->words);
}

static uint32_t *take_words(int64_t count) { return take_memory((size_t)count * 4); }

static void pack_a_task(void *user, size_t task) {
  const Product *p = user;
  int64_t unit = p->processor->rows * 8, from = (int64_t)task * unit, rows = least(unit, p->rows - from);
  uint32_t *out = p->packed_a;
  for (int64_t k = 0; k < p->length; k += PART) {
    int64_t length = least(PART, p->length - k), count = words_of(p->processor, length);
    p->processor->pack_a(p->a, from, rows, k, length, out + from * count);
    out += up(p->rows, p->processor->rows) * count;
  }
}

static void multiply_task(void *user, size_t task) {
  Product *p = user;
  const Processor *processor = p->processor;
  int64_t column = (int64_t)(task % p->column_tasks) * p->columns_a_task, columns = least(p->columns_a_task, p->columns - column);
  int64_t row = (int64_t)(task / p->column_tasks) * p->rows_a_task, rows = least(p->rows_a_task, p->rows - row);
  uint32_t *b = take_words(up(columns, processor->columns) * words_of(processor, least(PART, p->length)));
  if (!b) {
    p->out_of_memory = 1;
    return;
  }
  const uint32_t *a = p->packed_a;
  processor->begin();
  for (int64_t k = 0; k < p->length; k += PART) {
    int64_t length = least(PART, p->length - k), count = words_of(processor, length);
    processor->pack_b(p->b, column, columns, k, length, b);
    for (int64_t i = row; i < row + rows; i += processor->rows)
      for (int64_t j = 0; j < columns; j += processor->columns) {
        Tile tile = {p->c + i * p->stride + column + j, p->stride, (int)least(processor->rows, p->rows - i),
                     (int)least(processor->columns, columns - j), k == 0, k + PART >= p->length, p->alpha,
                     p->bias ? p->bias + column + j : NULL};
        processor->multiply(a + i * count, b + j * count, count, &tile);
      }
    a += up(p->rows, processor->rows) * count;
  }
  processor->end();
  give_memory(b);
}

const Processor *processor_for(int bf16) {
  if (!bf16) return has_avx512() ? &avx512_float32 : NULL;
  return bf16_level() == 2 ? &amx_bf16 : bf16_level() == 1 ? &avx512_bf16 : NULL;
}

static void empty_sum(const Product *p) {
  for (int64_t i = 0; i < p->rows; i++)
    for (int64_t j = 0; j < p->columns; j++) p->c[i * p->stride + j] = p->bias ? p->bias[j] : 0;
}

static void multiply(Product *p, int shared) {
  if (p->rows == 0 || p->columns == 0) return;
  if (p->length == 0) {
    empty_sum(p);
    return;
  }
  const Processor *processor = p->processor;
  int64_t count = 0;
  for (int64_t k = 0; k < p->length; k += PART) count += words_of(processor, least(PART, p->length - k));
  p->packed_a = take_words(up(p->rows, processor->rows) * count);
  if (!p->packed_a) {
    p->out_of_memory = 1;
    return;
  }
  /* Sixteen tasks or more where the columns allow; many rows are cut as well. */
  p->columns_a_task = least(256, up(shared ? (p->columns + 15) / 16 : p->columns, processor->columns));
  p->column_tasks = (p->columns + p->columns_a_task - 1) / p->columns_a_task;
  p->rows_a_task = up(least(p->rows, 1024), processor->rows);
  p->row_tasks = (p->rows + p->rows_a_task - 1) / p->rows_a_task;
  size_t packing = (size_t)((p->rows + processor->rows * 8 - 1) / (processor->rows * 8));
  size_t tasks = (size_t)(p->row_tasks * p->column_tasks);
  /* Sharing out a small product costs more than it. */
  if (shared && p->rows * p->columns * p->length > 100000) {
    parallel(p->api, p->context, packing, pack_a_task, p);
    parallel(p->api, p->context, tasks, multiply_task, p);
  } else {
    for (size_t i = 0; i < packing; i++) pack_a_task(p, i);
    for (size_t i = 0; i < tasks; i++) multiply_task(p, i);
  }
  give_memory(p->packed_a);
}

int multiply_alone(const Processor *processor, Operand a, Operand b, int64_t rows, int64_t columns, int64_t length, float *c,
                   int64_t stride, float alpha, const float *bias) {
  Product p = {.processor = processor, .a = a, .b = b, .bias = bias, .c = c, .alpha = alpha, .stride = stride,
               .rows = rows, .columns = columns, .length = length};
  multiply(&p, 0);
  return !p.out_of_memory;
}

/* The products of a batch: where each finds its operands. */
typedef struct {
  Product first;
  const int64_t *step_a, *step_b, *dims;
  size_t rank;
  volatile int out_of_memory;
} Batch;

static void batch_task(void *user, size_t task) {
  Batch *batch = user;
  Product p = batch->first;
  int64_t left = (int64_t)task;
  for (size_t axis = batch->rank; axis-- > 0; left /= batch->dims[axis]) {
    p.a.data += left % batch->dims[axis] * batch->step_a[axis];
    p.b.data += left % batch->dims[axis] * batch->step_b[axis];
  }
  p.c += (int64_t)task * p.rows * p.columns;
  multiply(&p, 0);
  if (p.out_of_memory) batch->out_of_memory = 1;
}

/* Steps of a tensor along the leading axes of the result, 0 where it is repeated. */
static void steps_of(const Tensor *x, size_t rank, int64_t *steps) {
  int64_t step = x->dims[x->rank - 1] * x->dims[x->rank - 2];
  for (size_t back = 0; back < rank; back++) {
    int64_t length = back + 2 < x->rank ? x->dims[x->rank - 3 - back] : 1;
    steps[rank - 1 - back] = length == 1 ? 0 : step;
    step *= length;
  }
}

static Status compute(void *self, void *context) {
  const Kernel *k = self;
  Tensor a, b, bias = {.data = NULL};
  Status status = get_input(k->api, context, 0, &a);
  if (!status) status = get_input(k->api, context, 1, &b);
  if (!status && input_count(k->api, context) > 2) status = get_input(k->api, context, 2, &bias);
  if (status) return status;
  if (a.rank < 2 || b.rank < 2) return failed(k->api, "MatMul: operands must have two axes or more");
  const int64_t *end_a = a.dims + a.rank - 2, *end_b = b.dims + b.rank - 2;
  int64_t rows = end_a[k->across_a ? 1 : 0], length = end_a[k->across_a ? 0 : 1], columns = end_b[k->across_b ? 0 : 1];
  if (end_b[k->across_b ? 1 : 0] != length) return failed(k->api, "MatMul: summed axes differ");
  size_t rank = (a.rank > b.rank ? a.rank : b.rank) - 2;
  int64_t dims[MAX_RANK], step_a[MAX_RANK], step_b[MAX_RANK], count = 1;
  steps_of(&a, rank, step_a);
  steps_of(&b, rank, step_b);
  for (size_t back = 0; back < rank; back++) {
    int64_t of_a = back + 2 < a.rank ? a.dims[a.rank - 3 - back] : 1, of_b = back + 2 < b.rank ? b.dims[b.rank - 3 - back] : 1;
    if (of_a != of_b && of_a != 1 && of_b != 1) return failed(k->api, "MatMul: leading axes differ");
    dims[rank - 1 - back] = of_a == 1 ? of_b : of_a;
    count *= dims[rank - 1 - back];
  }
  dims[rank] = rows, dims[rank + 1] = columns;
  void *y;
  if ((status = make_output(k->api, context, 0, dims, rank + 2, &y))) return status;
  Product p = {.api = k->api, .context = context, .processor = k->processor,
               .a = {a.data, end_a[1], k->across_a}, .b = {b.data, end_b[1], !k->across_b}, .bias = bias.data,
               .c = y, .alpha = k->alpha, .stride = columns, .rows = rows, .columns = columns, .length = length};
  if (count == 0) return NULL;
  /* One matrix of many rows, where the second operand is the same for all. */
  int repeated = !k->across_a;
  for (size_t axis = 0; axis < rank; axis++) repeated = repeated && step_b[axis] == 0 && (step_a[axis] != 0 || dims[axis] == 1);
  if (repeated) p.rows *= count, count = 1;
  if (count == 1) {
    multiply(&p, 1);
    return p.out_of_memory ? failed(k->api, "MatMul: out of memory") : NULL;
  }
  Batch batch = {p, step_a, step_b, dims, rank, 0};
  if (count >= 4) parallel(k->api, context, (size_t)count, batch_task, &batch);
  else
    for (size_t i = 0; i < (size_t)count; i++) {
      batch_task(&batch, i);
    }
  return batch.out_of_memory ? failed(k->api, "MatMul: out of memory") : NULL;
}

static Status create(const CustomOp *op, Api api, const void *info, void **kernel) {
  (void)op;
  const Processor *processor = processor_for(attribute_int(api, info, "bf16") != 0);
  if (!processor) return failed(api, "MatMul: this processor lacks its products");
  Kernel *k = malloc(sizeof *k);
  if (!k) return failed(api, "MatMul: out of memory");
  *k = (Kernel){api, processor, attribute_int(api, info, "transA") != 0, attribute_int(api, info, "transB") != 0,
                attribute_float(api, info, "alpha", 1)};
  *kernel = k;
  return NULL;
}

int bf16_level(void) {
  static int level = -1;
  if (level < 0) level = has_amx_bf16() ? 2 : has_avx512_bf16() ? 1 : 0;
  return level;
}

static const char *name(const CustomOp *op) { return (void)op, "MatMul"; }
static const char *provider(const CustomOp *op) { return (void)op, NULL; }
static int floats(const CustomOp *op, size_t place) { return (void)op, (void)place, FLOAT_TYPE; }
static size_t three(const CustomOp *op) { return (void)op, 3; }
static size_t one(const CustomOp *op) { return (void)op, 1; }
static int inputs(const CustomOp *op, size_t place) { return (void)op, place == 2 ? OPTIONAL : REQUIRED; }
static int outputs(const CustomOp *op, size_t place) { return (void)op, (void)place, REQUIRED; }
static int memory(const CustomOp *op, size_t place) { return (void)op, (void)place, 0; }
static int zero(const CustomOp *op) { return (void)op, 0; }

const CustomOp matmul = {.version = 16, .name = name, .provider = provider, .input_type = floats, .input_count = three,
                              .output_type = floats, .output_count = one, .destroy = free, .input_characteristic = inputs,
                              .output_characteristic = outputs, .input_memory_type = memory, .variadic_input_min = zero,
                              .variadic_input_homogeneous = zero, .variadic_output_min = zero,
                              .variadic_output_homogeneous = zero, .create_v2 = create, .compute_v2 = compute};
