// SPDX-License-Identifier: GPL-2.0
/*
 * The figures.
 *
 * usage: bench CORE BATCHES DISK DISK FIGURE...
 *
 * Each prints lines "@ NAME CORE MEDIAN LOWEST HIGHEST". What is more than one line
 * or not an instruction count says so at its function.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"

struct setting setting;

void die(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "bench: %s: ", setting.core);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static int value_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void figure_print(const char *name, double *values, size_t count)
{
	double middle;

	qsort(values, count, sizeof(*values), value_compare);
	middle = count % 2 ? values[count / 2] :
			     (values[count / 2 - 1] + values[count / 2]) / 2;
	printf("@ %s %s %.1f %.1f %.1f\n", name, setting.core, middle, values[0],
	       values[count - 1]);
	fflush(stdout);
}

/* --- the data path ----------------------------------------------------------- */

enum shape {
	LINEAR, LINEAR2, STRIPED1, STRIPED2, SEGMENTS, ZERO, UNSTRIPED
};

struct io_figure {
	const char *name;
	enum shape shape;
	unsigned int segments;
	bool write;
	size_t bytes;
};

static const struct io_figure io_figures[] = {
	{ "linear-read", LINEAR, 1, false, 4096 },
	{ "linear-write", LINEAR, 1, true, 4096 },
	{ "linear2-read", LINEAR2, 1, false, 4096 },
	{ "striped1-read", STRIPED1, 1, false, 4096 },
	{ "striped2-read", STRIPED2, 1, false, 4096 },
	{ "segments1024-read", SEGMENTS, 1024, false, 4096 },
	{ "segments50000-read", SEGMENTS, 50000, false, 4096 },
	{ "striped1-read1m", STRIPED1, 1, false, 1 << 20 },
	{ "striped2-read1m", STRIPED2, 1, false, 1 << 20 },
	{ "zero-read", ZERO, 1, false, 4096 },
	{ "clone-read", UNSTRIPED, 1, false, 4096 },
};

/*
 * The raw device, in the sizes and directions that the others are compared with,
 * and the disks of the floor driver on top of it.
 */
static const struct raw_figure {
	const char *name;
	const char *path;	/* NULL: the first disk */
	bool write;
	size_t bytes;
} raw_figures[] = {
	{ "read", NULL, false, 4096 },
	{ "write", NULL, true, 4096 },
	{ "read1m", NULL, false, 1 << 20 },
	{ "floor-bare-read", "/dev/floor0", false, 4096 },
	{ "floor-hook-read", "/dev/floor1", false, 4096 },
	{ "floor-hook-read1m", "/dev/floor1", false, 1 << 20 },
};

#define SIZE		(48 * 1024 * SECTORS_PER_MIB)
#define CHUNK		128

/* Neighbours are not neighbours below: nothing can be taken for one piece. */
static void segments_add(struct table *table, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		table_add(table, SECTORS_PER_MIB, "linear", "%s %llu", setting.disk[0],
			  (i ^ 1) * SECTORS_PER_MIB);
}

static void io_figure_run(const struct io_figure *figure)
{
	struct table table = {0};

	switch (figure->shape) {
	case LINEAR:
	case LINEAR2:
		table_add(&table, SIZE, "linear", "%s 2048", setting.disk[0]);
		break;
	case STRIPED1:
		table_add(&table, SIZE, "striped", "1 %d %s 2048", CHUNK, setting.disk[0]);
		break;
	case STRIPED2:
		table_add(&table, SIZE, "striped", "2 %d %s 2048 %s 2048", CHUNK,
			  setting.disk[0], setting.disk[1]);
		break;
	case SEGMENTS:
		segments_add(&table, figure->segments);
		break;
	case ZERO:
		table_add(&table, SIZE, "zero", "%s", "");
		break;
	case UNSTRIPED:
		table_add(&table, SIZE, "unstriped", "2 %d 0 %s 0", CHUNK, setting.disk[0]);
		break;
	}
	device_make("bench", &table);
	table_free(&table);
	if (figure->shape == LINEAR2) {
		table_add(&table, SIZE - 2048, "linear", "%s 2048", device_path("bench"));
		device_make("bench2", &table);
		table_free(&table);
		io_measure(figure->name, device_path("bench2"), figure->write, figure->bytes);
		ctl_remove("bench2");
	} else {
		io_measure(figure->name, device_path("bench"), figure->write, figure->bytes);
	}
	ctl_remove("bench");
}

/* --- which ------------------------------------------------------------------- */

struct other_figure {
	const char *name;
	void (*run)(void);
};

static void load1000_run(void)
{
	load_measure(1000);
}

static void load10000_run(void)
{
	load_measure(10000);
}

static void load50000_run(void)
{
	load_measure(50000);
}

static const struct other_figure other_figures[] = {
	{ "load1000", load1000_run },
	{ "load10000", load10000_run },
	{ "load50000", load50000_run },
	{ "verbs", verbs_measure },
	{ "version", version_measure },
	{ "status", status_measure },
	{ "table-status", table_status_measure },
	{ "list", list_measure },
	{ "devices", devices_measure },
};

static bool figure_run(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(io_figures) / sizeof(io_figures[0]); i++) {
		if (strcmp(io_figures[i].name, name) == 0) {
			io_figure_run(&io_figures[i]);
			return true;
		}
	}
	for (i = 0; i < sizeof(other_figures) / sizeof(other_figures[0]); i++) {
		if (strcmp(other_figures[i].name, name) == 0) {
			other_figures[i].run();
			return true;
		}
	}
	return false;
}

static bool raw_figure_run(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(raw_figures) / sizeof(raw_figures[0]); i++) {
		if (strcmp(raw_figures[i].name, name) == 0) {
			io_measure(name, raw_figures[i].path ?: setting.disk[0],
				   raw_figures[i].write, raw_figures[i].bytes);
			return true;
		}
	}
	return false;
}

int main(int argc, char **argv)
{
	bool raw;
	int i;

	if (argc < 5)
		die("usage: bench CORE BATCHES DISK DISK FIGURE...");
	setting.core = argv[1];
	setting.batches = atoi(argv[2]);
	setting.disk[0] = argv[3];
	setting.disk[1] = argv[4];
	raw = strcmp(setting.core, "raw") == 0;
	for (i = 5; i < argc; i++) {
		if (!(raw ? raw_figure_run(argv[i]) : figure_run(argv[i])))
			die("what is '%s'?", argv[i]);
	}
	return 0;
}
