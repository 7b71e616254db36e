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

/* A chain that has a loop of its own, and its inputs in the order in which its text names them (loops.c). */
#define LOOP_INPUTS 12
typedef struct {
  enum { NO_LOOP, ADAMW, ADAMW_WITH_DECAY, GELU_GRADIENT_AND_SUM } kind;
  int inputs[LOOP_INPUTS];
} Loop;

typedef struct {
  Api api;
  int64_t rows, width;
  int inputs, steps, results;
  int *kinds;
  Step *program;
  Result *made;
  Loop loop;
} Kernel;

/* One operation on n elements; either operand may be one element for all. */
void apply(int op, int64_t n, const float *a, int one_a, const float *b, int one_b, float *out);
/* Of two operands, each n elements or one for all, by a condition of n elements. */
void choose(int64_t n, const float *when, const float *a, int one_a, const float *b, int one_b, float *out);
void repeat(int64_t n, const float *a, int one, float *out);
/* ROW_SUM, ROW_MEAN, ROW_MAX or ROW_MIN: in sixteen sums whatever the processor, so that the bits are the same everywhere. */
float reduce(int op, int64_t n, const float *a);
void accumulate(int64_t n, const float *a, float *sums);
Loop find_loop(const Kernel *);
/* Runs it on some rows; results may lie where inputs lie. `sums` is what the rows of this task add up to. */
void run_loop(const Kernel *, const float *const *inputs, void *const *results, float *sums, int64_t row, int64_t rows);
#endif
