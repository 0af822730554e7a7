#include "export.h"

#include <string.h>

#include "report.h"

static const struct export_format formats[] = {
	{ "md", false, report_write },
	{ "share", false, report_share },
	{ "csv", true, export_csv },
	{ "json", true, export_json },
	{ "sql", false, export_sql }
};

const struct export_format *
export_format_of(const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}
