#ifndef LMG_TESTS_CALIBRATE_CALIBRATE_H
#define LMG_TESTS_CALIBRATE_CALIBRATE_H

/*
 * Simulations that measure the error rates of the statistics, and print them
 * beside the figures the procedures were chosen for.
 */

#include <stdint.h>

/* Each prints its tables to stdout and returns how many targets were missed. */
int calibrate_leak(int runs, uint64_t seed);
int calibrate_rounds(int runs, uint64_t seed);
int calibrate_further(int runs, uint64_t seed);
int calibrate_stopping(int runs, uint64_t seed);	/* the program itself */
int calibrate_compare(int runs, uint64_t seed);
int calibrate_fidelity(int runs, uint64_t seed);
int calibrate_reuse(int runs, uint64_t seed);
int calibrate_ladder(int runs, uint64_t seed);
int calibrate_other(int runs, uint64_t seed);

/*
 * One line of a table: a rate, the reference (as text), and the target
 * lo <= rate <= hi.  Returns 1 when it is missed.
 */
int calibrate_line(const char *what, double rate, const char *reference,
    double lo, double hi);

#endif
