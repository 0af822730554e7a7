#ifndef LMG_METRICSAGG_STATS_FGLS_H
#define LMG_METRICSAGG_STATS_FGLS_H

/*
 * Does y rise with a regressor, when neighbouring errors are correlated up to
 * a random walk?  Feasible generalised least squares with AR(1) errors and
 * truncation to the unit root, after Perron and Yabu (2009, Journal of
 * Econometrics 151).  Pure.
 *
 * With e the OLS residuals of the m points on the p columns:
 *	a  = sum e_t e_(t-1) / sum_(t<m) e_t^2
 *	a' = (m a + p) / (m - p - 2), 1 when m <= p + 2
 *	a* = 1 if a' > 1 - 2 / sqrt(m), else max(a', 0)
 * a* < 1: Prais-Winsten (first row times sqrt(1 - a*^2)); a* = 1: first
 * differences, without the constant.
 */

#include <stddef.h>

#define FGLS_COLUMNS 4		/* at most, the constant included */

struct fgls {
	double slope;		/* of the column tested */
	double se;		/* its standard error */
	double p;		/* one-sided, H1: slope > 0; Student t */
	double df;		/* rows - columns */
	double ar;		/* a* */
	double sse;		/* residual sum of squares of OLS */
};

/*
 * Regress the m values y on a constant and the k columns col[0..k-1]
 * (k + 1 <= FGLS_COLUMNS) and test the coefficient of col[0].  y that is
 * constant gives p = 1 and slope 0; too few points or columns that depend on
 * each other give p = 1 and NAN for the rest.  Columns are centred and scaled
 * inside; scratch has room for (FGLS_COLUMNS + 2) * m doubles.
 */
struct fgls fgls_test(const double *y, const double *const *col, size_t k,
    size_t m, double *scratch);

#endif
