/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The measuring program. In a guest whose clock counts instructions (tests/vm/run
 * --icount) one nanosecond of CLOCK_MONOTONIC is one instruction, so to time a
 * call is to count what it executes.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <linux/dm-ioctl.h>

#define SECTORS_PER_MIB	2048ULL

/* Ends the program; whoever reads the output sees that figures are missing. */
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

static inline uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* What the command line says. */
struct setting {
	const char *core;	/* raw, stock or ours; goes into each line printed */
	const char *disk[2];
	unsigned int batches;
};

extern struct setting setting;

/* --- figures.c ------------------------------------------------------------- */

/* Print "@ NAME CORE MEDIAN LOWEST HIGHEST"; sorts the values. */
void figure_print(const char *name, double *values, size_t count);

/* --- ctl.c: the control device -------------------------------------------- */

/* A table as DM_TABLE_LOAD takes it, without the header. */
struct table {
	char *data;
	size_t used, size;
	uint32_t count;
	uint64_t sectors;
};

void table_add(struct table *table, uint64_t sectors, const char *type,
	       const char *format, ...) __attribute__((format(printf, 4, 5)));
void table_free(struct table *table);

/*
 * Each call makes its ioctl's buffer first, times the ioctl alone, and returns the
 * nanoseconds. A failing ioctl ends the program.
 */
uint64_t ctl_create(const char *name);
uint64_t ctl_remove(const char *name);
uint64_t ctl_load(const char *name, const struct table *table);
uint64_t ctl_clear(const char *name);
uint64_t ctl_suspend(const char *name);
uint64_t ctl_resume(const char *name);
uint64_t ctl_version(const char *name);
uint64_t ctl_status(const char *name);
uint64_t ctl_table_status(const char *name, size_t buffer);
uint64_t ctl_list(size_t buffer, unsigned int *devices);

/* Created, loaded and resumed. */
void device_make(const char *name, const struct table *table);
/* "/dev/dm-N"; the memory is reused by the next call but one. */
const char *device_path(const char *name);

/* --- io.c ------------------------------------------------------------------- */

/* Time O_DIRECT I/O at random places of the device and print the figure. */
void io_measure(const char *figure, const char *path, bool write, size_t bytes);

/* --- control.c: each prints several figures ----------------------------------- */

void load_measure(unsigned int targets);
void verbs_measure(void);
void version_measure(void);
void status_measure(void);
void table_status_measure(void);
void list_measure(void);
void devices_measure(void);

#endif
