/* The program of an Elementwise operator. */
#ifndef M3AE_ELEMENTWISE_H
#define M3AE_ELEMENTWISE_H
#include "runtime.h"

typedef enum { FULL, COLUMN, ROW, SCALAR, TOTAL } Kind; /* TOTAL: a sum over all rows, [width] */
/* As numbered by the writer of the program; the first thirteen have two operands. */
enum { ADD, SUB, MUL, DIV, GREATER, GREATER_EQUAL, LESS, LESS_EQUAL, EQUAL, AND, OR, MAXIMUM, MINIMUM,
       NEGATE, ABSOLUTE, SQRT, NOT, RECIPROCAL, COPY, WHERE, EXP, TANH, ERF, FAST_GELU, GELU, LOG, ROW_SUM, ROW_MEAN, ROW_MAX, ROW_MIN, COLUMN_SUM };

#define BOOLEAN 8 /* added to the kind of an input of booleans */

typedef struct {
  int op, kind, operands[3];
} Step;

typedef struct {
  int step, boolean, rank;
  int64_t dims[MAX_RANK];
} Result;

/* Inputs of an AdamW update, by their places; not one if `condition` is negative. */
typedef struct {
  int condition, mean, keep_mean, gradient, add_mean, square, keep_square, add_square, params, epsilon, rate, decay;
} AdamW;

typedef struct {
  Api api;
  int64_t rows, width;
  int inputs, steps, results;
  int *kinds;
  Step *program;
  Result *made;
  AdamW adamw; /* whether the chain is that update, which has a loop of its own */
} Kernel;

/* One operation on n elements; either operand may be one element for all. */
void apply(int op, int64_t n, const float *a, int one_a, const float *b, int one_b, float *out);
/* Of two operands, each n elements or one for all, by a condition of n elements. */
void choose(int64_t n, const float *when, const float *a, int one_a, const float *b, int one_b, float *out);
void repeat(int64_t n, const float *a, int one, float *out);
/* ROW_SUM, ROW_MEAN, ROW_MAX or ROW_MIN: in sixteen sums whatever the processor, so that the bits are the same everywhere. */
float reduce(int op, int64_t n, const float *a);
void accumulate(int64_t n, const float *a, float *sums);
/* Whether the chain is an AdamW update. */
AdamW find_adamw(const Kernel *);
/* Elements `from` to `from + count` of the new mean, square and parameters, which may lie where the old ones lie. */
void run_adamw(const AdamW *, const float *const *inputs, float *const *results, int64_t from, int64_t count);
#endif
