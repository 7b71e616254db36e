/*
 * m3ae.Elementwise: a chain of elementwise operations, sums of rows and sums over all rows, on tables [rows, width], in one
 * pass: a block of rows goes through the whole chain while it is in the cache.
 *
 * Attributes: rows, width, and `program`, numbers with spaces between: the number of inputs, of steps and of results; for each
 * input its kind (see Kind), +8 for one of booleans; for each step the operation, the kind of what it makes and three operands (inputs first, then
 * results of steps; -1 for none); for each result its step, +bit for booleans, the number of its axes and their lengths.
 * Each operation is rounded by itself, as in ONNX Runtime, so that additions, products, quotients and roots have its bits.
 */
#include "elementwise.h"
#include <stdlib.h>
#include <string.h>

#define BLOCK 2048     /* elements of one table in a block, at least a row */
#define TASK (64 * 1024) /* elements of one table in a task */

typedef struct {
  const Kernel *k;
  const float **inputs; /* booleans come as bytes */
  void **results;
  int64_t rows_a_task;
  float *totals; /* [tasks, sums over all rows, width] */
  int sums;
  volatile int out_of_memory;
} Run;

static int kind_of(const Kernel *k, int operand) {
  return operand < k->inputs ? k->kinds[operand] % BOOLEAN : k->program[operand - k->inputs].kind;
}

/* Where the block of an operand begins: for inputs in the whole table, else in the block. */
static const float *at(const Run *run, float *const *values, int operand, int64_t row) {
  const Kernel *k = run->k;
  if (operand >= k->inputs || k->kinds[operand] >= BOOLEAN) return values[operand];
  int kind = kind_of(k, operand);
  return run->inputs[operand] + (kind == FULL ? row * k->width : kind == COLUMN ? row : 0);
}

static void run_step(const Run *run, float *const *values, const Step *step, int64_t row, int64_t rows, float *out) {
  const Kernel *k = run->k;
  int64_t width = k->width;
  const float *from[3] = {NULL, NULL, NULL};
  int kinds[3] = {SCALAR, SCALAR, SCALAR}, by_row = 0;
  for (int i = 0; i < 3; i++) {
    if (step->operands[i] < 0) continue;
    from[i] = at(run, values, step->operands[i], row);
    kinds[i] = kind_of(k, step->operands[i]);
    by_row |= kinds[i] == ROW || (kinds[i] == COLUMN && step->kind == FULL);
  }
  if (step->op == COLUMN_SUM) {
    for (int64_t i = 0; i < rows; i++) accumulate(width, from[0] + (kinds[0] == FULL ? i * width : 0), out);
    return;
  }
  if (step->op >= ROW_SUM) {
    for (int64_t i = 0; i < rows; i++) out[i] = reduce(step->op, width, from[0] + i * width);
    return;
  }
  int64_t parts = by_row ? rows : 1, n = step->kind == COLUMN ? rows : by_row ? width : rows * width;
  for (int64_t i = 0; i < parts; i++) {
    const float *part[3];
    int one[3];
    for (int j = 0; j < 3; j++) {
      part[j] = from[j] ? from[j] + (by_row ? (kinds[j] == FULL ? i * width : kinds[j] == COLUMN ? i : 0) : 0) : NULL;
      one[j] = kinds[j] == SCALAR || (kinds[j] == COLUMN && step->kind == FULL);
    }
    if (step->op == WHERE && one[0]) repeat(n, part[*part[0] != 0 ? 1 : 2], one[*part[0] != 0 ? 1 : 2], out + i * width);
    else if (step->op == WHERE) choose(n, part[0], part[1], one[1], part[2], one[2], out + i * width);
    else apply(step->op, n, part[0], one[0], part[1] ? part[1] : part[0], part[1] ? one[1] : one[0], out + i * width);
  }
}

static void load_booleans(const Run *run, float *const *values, int64_t row, int64_t rows) {
  const Kernel *k = run->k;
  for (int i = 0; i < k->inputs; i++) {
    if (k->kinds[i] < BOOLEAN) continue;
    int kind = k->kinds[i] % BOOLEAN;
    int64_t n = kind == FULL ? rows * k->width : kind == COLUMN ? rows : kind == ROW ? k->width : 1;
    const uint8_t *bytes = (const uint8_t *)run->inputs[i] + (kind == FULL ? row * k->width : kind == COLUMN ? row : 0);
    for (int64_t j = 0; j < n; j++) values[i][j] = bytes[j] ? 1 : 0;
  }
}

static void store(const Run *run, float *const *values, int64_t row, int64_t rows) {
  const Kernel *k = run->k;
  for (int i = 0; i < k->results; i++) {
    const Result *result = &k->made[i];
    int kind = k->program[result->step].kind;
    if (kind == TOTAL) continue;
    int64_t n = kind == FULL ? rows * k->width : rows, from = kind == FULL ? row * k->width : row;
    const float *x = values[k->inputs + result->step];
    if (!result->boolean) memcpy((float *)run->results[i] + from, x, (size_t)n * 4);
    else
      for (int64_t j = 0; j < n; j++) ((uint8_t *)run->results[i])[from + j] = x[j] != 0;
  }
}

/* Steps share memory: a step's values are given back after their last reader, or at the end if they are results. */
static int share_memory(const Kernel *k, int *place) {
  int *last = calloc((size_t)k->steps, sizeof *last), *free_after = calloc((size_t)k->steps + 1, sizeof *free_after), count = 0;
  if (!last || !free_after) return free(last), free(free_after), -1;
  for (int s = 0; s < k->steps; s++)
    for (int i = 0; i < 3; i++)
      if (k->program[s].operands[i] >= k->inputs) last[k->program[s].operands[i] - k->inputs] = s;
  for (int i = 0; i < k->results; i++) last[k->made[i].step] = k->steps;
  for (int s = 0; s < k->steps; s++) {
    int chosen = -1;
    for (int p = 0; p < count && chosen < 0; p++)
      if (free_after[p] < s) chosen = p;
    if (chosen < 0) chosen = count++;
    place[s] = chosen;
    free_after[chosen] = last[s] > s ? last[s] : s;
  }
  free(last);
  free(free_after);
  return count;
}

/* While a step computes, its share of the inputs' next block comes into the cache: the processor's own reading ahead ends with each page. */
static void fetch_ahead(const Run *run, int step, int64_t row, int64_t rows) {
  const Kernel *k = run->k;
  int64_t lines = rows * k->width * 4 / 64, first = lines * step / k->steps, end = lines * (step + 1) / k->steps;
  for (int i = 0; i < k->inputs; i++) {
    if (k->kinds[i] != FULL) continue;
    const char *next = (const char *)(run->inputs[i] + row * k->width);
    for (int64_t line = first; line < end; line++) __builtin_prefetch(next + line * 64);
  }
}

static void task(void *user, size_t number) {
  Run *run = user;
  const Kernel *k = run->k;
  int64_t first = (int64_t)number * run->rows_a_task, end = first + run->rows_a_task < k->rows ? first + run->rows_a_task : k->rows;
  if (k->loop.kind != NO_LOOP) {
    run_loop(k, run->inputs, run->results, run->totals + (int64_t)number * run->sums * k->width, first, end - first);
    return;
  }
  int64_t block = BLOCK / k->width > 1 ? BLOCK / k->width : 1;
  int places[k->steps], shared = share_memory(k, places), booleans = 0;
  for (int i = 0; i < k->inputs; i++) booleans += k->kinds[i] >= BOOLEAN;
  size_t size = (size_t)((block * k->width + 15) / 16 * 16);
  float *memory = shared < 0 ? NULL : aligned_alloc(64, (size_t)(shared + booleans + 1) * size * 4);
  if (!memory) {
    run->out_of_memory = 1;
    return;
  }
  float *values[k->inputs + k->steps];
  for (int i = 0, next = shared; i < k->inputs; i++) values[i] = k->kinds[i] >= BOOLEAN ? memory + size * (size_t)next++ : NULL;
  for (int s = 0, total = 0; s < k->steps; s++)
    values[k->inputs + s] = k->program[s].kind == TOTAL
                                ? run->totals + ((int64_t)number * run->sums + total++) * k->width
                                : memory + size * (size_t)places[s];
  for (int64_t row = first; row < end; row += block) {
    int64_t rows = end - row < block ? end - row : block, next = row + rows, ahead = end - next < block ? end - next : block;
    load_booleans(run, values, row, rows);
    for (int s = 0; s < k->steps; s++) {
      fetch_ahead(run, s, next, ahead);
      run_step(run, values, &k->program[s], row, rows, values[k->inputs + s]);
    }
    store(run, values, row, rows);
  }
  free(memory);
}

static Status compute(void *self, void *context) {
  const Kernel *k = self;
  const float *inputs[k->inputs];
  void *results[k->results];
  Status status = NULL;
  for (int i = 0; i < k->inputs && !status; i++) {
    Tensor x;
    status = get_input(k->api, context, (size_t)i, &x);
    inputs[i] = x.data;
  }
  for (int i = 0; i < k->results && !status; i++)
    status = make_output(k->api, context, (size_t)i, k->made[i].dims, (size_t)k->made[i].rank, &results[i]);
  if (status) return status;
  int64_t rows_a_task = TASK / k->width > 1 ? TASK / k->width : 1, tasks = (k->rows + rows_a_task - 1) / rows_a_task;
  Run run = {k, inputs, results, rows_a_task, NULL, 0, 0};
  for (int s = 0; s < k->steps; s++) run.sums += k->program[s].kind == TOTAL;
  if (run.sums && !(run.totals = calloc((size_t)(tasks * run.sums * k->width), 4))) return failed(k->api, "Elementwise: out of memory");
  parallel(k->api, context, (size_t)tasks, task, &run);
  for (int i = 0; i < k->results; i++) {
    if (k->program[k->made[i].step].kind != TOTAL) continue;
    int total = 0;
    for (int s = 0; s < k->made[i].step; s++) total += k->program[s].kind == TOTAL;
    memset(results[i], 0, (size_t)k->width * 4);
    for (int64_t t = 0; t < tasks; t++) accumulate(k->width, run.totals + (t * run.sums + total) * k->width, results[i]);
  }
  free(run.totals);
  return run.out_of_memory ? failed(k->api, "Elementwise: out of memory") : NULL;
}

static void destroy(void *self) {
  Kernel *k = self;
  free(k->kinds);
  free(k->program);
  free(k->made);
  free(k);
}

static int64_t number(char **text) { return strtoll(*text, text, 10); }

static Status create(const CustomOp *op, Api api, const void *info, void **kernel) {
  (void)op;
  char *text = attribute_text(api, info, "program"), *left = text;
  Kernel *k = calloc(1, sizeof *k);
  if (!text || !k) return free(text), free(k), failed(api, "Elementwise: no program");
  k->api = api, k->rows = attribute_int(api, info, "rows"), k->width = attribute_int(api, info, "width");
  k->inputs = (int)number(&left), k->steps = (int)number(&left), k->results = (int)number(&left);
  if (k->rows < 0 || k->width < 1) return free(text), destroy(k), failed(api, "Elementwise: rows must be 0 or more and width 1 or more");
  k->kinds = calloc((size_t)k->inputs + 1, sizeof *k->kinds);
  k->program = calloc((size_t)k->steps + 1, sizeof *k->program);
  k->made = calloc((size_t)k->results + 1, sizeof *k->made);
  if (!k->kinds || !k->program || !k->made) return free(text), destroy(k), failed(api, "Elementwise: out of memory");
  for (int i = 0; i < k->inputs; i++) k->kinds[i] = (int)number(&left);
  for (int s = 0; s < k->steps; s++) {
    Step *step = &k->program[s];
    step->op = (int)number(&left), step->kind = (int)number(&left);
    for (int i = 0; i < 3; i++) step->operands[i] = (int)number(&left);
  }
  for (int i = 0; i < k->results; i++) {
    Result *result = &k->made[i];
    result->step = (int)number(&left), result->boolean = (int)number(&left), result->rank = (int)number(&left);
    for (int axis = 0; axis < result->rank && axis < MAX_RANK; axis++) result->dims[axis] = number(&left);
  }
  free(text);
  k->loop = find_loop(k);
  *kernel = k;
  return NULL;
}

static const char *name(const CustomOp *op) { return (void)op, "Elementwise"; }
static const char *provider(const CustomOp *op) { return (void)op, NULL; }
static int any(const CustomOp *op, size_t place) { return (void)op, (void)place, UNDEFINED_TYPE; }
static int floats(const CustomOp *op, size_t place) { return (void)op, (void)place, FLOAT_TYPE; }
static size_t one(const CustomOp *op) { return (void)op, 1; }
static int variadic(const CustomOp *op, size_t place) { return (void)op, (void)place, VARIADIC; }
static int memory(const CustomOp *op, size_t place) { return (void)op, (void)place, 0; }
static int least(const CustomOp *op) { return (void)op, 1; }
static int mixed(const CustomOp *op) { return (void)op, 0; }

const CustomOp elementwise = {.version = 16, .name = name, .provider = provider, .input_type = any, .input_count = one,
                              .output_type = floats, .output_count = one, .destroy = destroy, .input_characteristic = variadic,
                              .output_characteristic = variadic, .input_memory_type = memory, .variadic_input_min = least,
                              .variadic_input_homogeneous = mixed, .variadic_output_min = least,
                              .variadic_output_homogeneous = least, .create_v2 = create, .compute_v2 = compute};
