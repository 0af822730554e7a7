#include "failif.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "nearest.h"
#include "number.h"

static const char *
skip_space(const char *s)
{
	while (*s == ' ' || *s == '\t')
		s++;
	return s;
}

/* Parse a rule but for the metric, of which *len bytes at *name speak. */
static int
parse(struct failif *f, const char *text, const char **name, size_t *len)
{
	const char *s = skip_space(text), *p = s;
	char number[32];
	double percent;
	size_t n;

	while (isalnum((unsigned char)*p) || *p == '_')
		p++;
	*name = s;
	*len = (size_t)(p - s);
	s = skip_space(p);
	if (*len == 0 || (*s != '<' && *s != '>'))
		return -1;
	f->is_below = *s == '<';
	s = skip_space(s + 1);
	if (*s == '+')
		s++;
	n = strcspn(s, "% \t");
	if (n == 0 || n >= sizeof(number))
		return -1;
	memcpy(number, s, n);
	number[n] = '\0';
	s = skip_space(s + n);
	if (*s != '%' || *skip_space(s + 1) != '\0' ||
	    number_double(number, -100, 1e6, &percent) == -1)
		return -1;
	f->change = percent / 100;
	return 0;
}

/* The metric of that name, one of those that are compared. */
static int
find_metric(enum metric *m, const char *name, char why[FAILIF_WHY_CAP])
{
	const char *known[M_COUNT + 1] = { NULL };
	struct buf all = BUF_INIT;
	char hint[NEAREST_CAP];
	size_t i;

	for (i = 0; metric_compared[i].words != NULL; i++) {
		known[i] = metric_name(metric_compared[i].m);
		if (strcmp(known[i], name) == 0)
			break;
		buf_addf(&all, "%s%s", i == 0 ? "; " :
		    metric_compared[i + 1].words == NULL ? " and " : ", ",
		    known[i]);
	}
	*m = metric_compared[i].m;
	if (*m == M_COUNT) {
		buf_addf(&all, " are");
		snprintf(why, FAILIF_WHY_CAP, "%s is not compared%s", name,
		    nearest_hint(hint, name, known, buf_cstr(&all)));
	}
	buf_fini(&all);
	return *m == M_COUNT ? -1 : 0;
}

int
failif_add(struct failifs *to, const char *text, char why[FAILIF_WHY_CAP])
{
	struct failif f;
	const char *name;
	char word[32];
	size_t len;

	if (to->n == FAILIF_MOST) {
		snprintf(why, FAILIF_WHY_CAP, "more than %d rules",
		    FAILIF_MOST);
		return -1;
	}
	if (parse(&f, text, &name, &len) == -1 || len >= sizeof(word)) {
		snprintf(why, FAILIF_WHY_CAP, "'%.200s' is not a rule like "
		    "'decode_tps < -5%%'", text);
		return -1;
	}
	snprintf(word, sizeof(word), "%.*s", (int)len, name);
	if (find_metric(&f.m, word, why) == -1)
		return -1;
	to->v[to->n++] = f;
	return 0;
}

int
failif_read(struct failifs *to, struct ynode compare)
{
	struct ynode list = ynode_get(compare, "fail_if"), item;
	char why[FAILIF_WHY_CAP];
	const char *text;
	int rc = 0;

	if (!list.is_set)
		return 0;
	if (!ynode_is_list(list))
		return ynode_error(list, "fail_if: expected a list of rules, "
		    "as in ['decode_tps < -5%%'], got %s", ynode_shape(list));
	for (size_t i = 0; i < ynode_len(list); i++) {
		item = ynode_item(list, i);
		text = ynode_text(item);
		if (failif_add(to, text != NULL ? text : ynode_shape(item),
		    why) == -1)
			rc = ynode_error(item, "fail_if: %s", why);
	}
	return rc;
}

enum failif_verdict
failif_decide(const struct failif *f, double ratio, double lo, double hi,
    double p)
{
	double sign = f->is_below ? -1 : 1;
	double limit = sign * f->change;
	double change = sign * (ratio - 1);
	double worst = sign * ((f->is_below ? lo : hi) - 1);

	if (isnan(change))
		return FAILIF_UNSURE;
	if (change > limit)
		return p <= 0.05 ? FAILIF_FAIL : FAILIF_UNSURE;
	return worst <= limit ? FAILIF_PASS : FAILIF_UNSURE;
}
