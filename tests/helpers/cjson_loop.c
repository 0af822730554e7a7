/*
 * What metricsagg is measured against: getline, parse with cJSON, take t_ns,
 * free.  Prints the sum.
 */
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

int
main(void)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	double sum = 0;
	cJSON *o;

	while ((len = getline(&line, &cap, stdin)) != -1) {
		o = cJSON_ParseWithLength(line, (size_t)len);
		if (o != NULL && cJSON_GetObjectItemCaseSensitive(o, "t_ns"))
			sum += cJSON_GetObjectItemCaseSensitive(o,
			    "t_ns")->valuedouble;
		cJSON_Delete(o);
	}
	free(line);
	printf("%.0f\n", sum);
	return 0;
}
