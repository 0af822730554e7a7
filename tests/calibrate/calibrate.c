#include "calibrate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 20261123

int
calibrate_line(const char *what, double rate, const char *reference,
    double lo, double hi)
{
	int missed = rate < lo || rate > hi;

	printf("%-44s %6.3f   %-11s", what, rate, reference);
	if (lo > 0 || hi < 1)
		printf("  %.3f to %.3f%s", lo, hi, missed ? "   MISSED" : "");
	putchar('\n');
	return missed;
}

int
main(int argc, char *argv[])
{
	const char *part = argc > 1 ? argv[1] : "all";
	int runs = argc > 2 ? atoi(argv[2]) : 1000, missed = 0;
	int all = strcmp(part, "all") == 0;

	if (runs < 1 || argc > 3 || (!all && strcmp(part, "leak") != 0 &&
	    strcmp(part, "compare") != 0 &&
	    strcmp(part, "rounds") != 0 &&
	    strcmp(part, "further") != 0 && strcmp(part, "stopping") != 0 &&
	    strcmp(part, "fidelity") != 0 && strcmp(part, "reuse") != 0 &&
	    strcmp(part, "ladder") != 0 &&
	    strcmp(part, "other") != 0)) {
		fprintf(stderr, "usage: calibrate [all|leak|rounds|further|"
		    "stopping|compare|fidelity|reuse|ladder|other [RUNS]]\n");
		return 2;
	}
	if (all || strcmp(part, "leak") == 0)
		missed += calibrate_leak(runs, SEED);
	if (all || strcmp(part, "rounds") == 0)
		missed += calibrate_rounds(runs, SEED);
	if (all || strcmp(part, "further") == 0)
		missed += calibrate_further(runs / 10 > 0 ? runs / 10 : 1,
		    SEED);
	if (all || strcmp(part, "stopping") == 0)	/* 24 visits each */
		missed += calibrate_stopping(runs / 10 > 0 ? runs / 10 : 1,
		    SEED);
	if (all || strcmp(part, "compare") == 0)
		missed += calibrate_compare(runs, SEED);
	if (all || strcmp(part, "fidelity") == 0)
		missed += calibrate_fidelity(runs, SEED);
	if (all || strcmp(part, "reuse") == 0)
		missed += calibrate_reuse(runs / 10 > 0 ? runs / 10 : 1, SEED);
	if (all || strcmp(part, "ladder") == 0)
		missed += calibrate_ladder(runs / 10 > 0 ? runs / 10 : 1, SEED);
	if (all || strcmp(part, "other") == 0)
		missed += calibrate_other(runs, SEED);
	printf("\n%d target%s missed\n", missed, missed == 1 ? "" : "s");
	return missed != 0;
}
