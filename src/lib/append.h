#ifndef LMG_LIB_APPEND_H
#define LMG_LIB_APPEND_H

/*
 * Open path to append lines to it, made when it is missing.  A last line that
 * was cut (the writer was killed, the disk was full) is ended first, so that
 * it does not swallow the next.  Returns a descriptor that programs we start
 * do not inherit, or -1 with errno set.
 */
int append_open(const char *path);

#endif
