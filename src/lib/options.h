#ifndef LMG_LIB_OPTIONS_H
#define LMG_LIB_OPTIONS_H

/* Options of how a model is loaded and run: an object, NULL while there are
 * none. */

#include <cjson/cJSON.h>

/* One more, whose value is given away (NULL: nothing happens). */
void options_set(cJSON **options, const char *key, cJSON *value);

/* Those in the arguments of a command (an array), but for what says which
 * model, where to listen, and secrets.  An option that has several names is
 * called by one, whichever was written. */
void options_add_arguments(cJSON **options, const cJSON *arguments);

#endif
