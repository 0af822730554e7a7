#ifndef LMG_MEMSAMPLE_TREE_ENERGY_H
#define LMG_MEMSAMPLE_TREE_ENERGY_H

/*
 * Energy counters, as the platforms give them: names, units, and counters
 * that wrap.  Pure: nothing is read here.
 */

#include <stdint.h>

enum energy_kind { ENERGY_CPU, ENERGY_GPU, ENERGY_DRAM, ENERGY_N };

/*
 * What an IOReport channel of the group "Energy Model" counts: the sums
 * "CPU Energy" (of each die) and "GPU Energy", and "DRAM".  Returns an
 * enum energy_kind, or -1: a part of another one, or nothing of ours.
 */
int energy_of_channel(const char *name);

/*
 * What a powercap zone counts: "package-N" the CPU with all that is on its
 * chip, "dram" the memory.  Returns an enum energy_kind, or -1: a part of
 * another zone ("core", "uncore"), or more than ours ("psys").
 */
int energy_of_zone(const char *name);

/* Nanojoules in one unit of this label ("nJ", "uJ", "mJ", "J", blanks
 * around it allowed); -1 unknown. */
int64_t energy_unit_nj(const char *label);

/* How far a counter went that runs from 0 to range and begins again. */
int64_t energy_step(int64_t before, int64_t now, int64_t range);

#endif
