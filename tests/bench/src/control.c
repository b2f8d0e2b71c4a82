// SPDX-License-Identifier: GPL-2.0
/* What control calls cost, and what they leave in memory. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

#define ROUNDS_MAX	64

static void values_print(const char *format, unsigned int number, double *values, size_t count)
{
	char name[64];

	snprintf(name, sizeof(name), format, number);
	figure_print(name, values, count);
}

/* One target on the first disk, a place of its own for each number. */
static void table_one(struct table *table, unsigned int number)
{
	table_add(table, SECTORS_PER_MIB, "linear", "%s %llu", setting.disk[0],
		  number * SECTORS_PER_MIB);
}

/* A number that the lines of a file give behind a word, all of them added up. */
static unsigned long long number_sum(const char *path, const char *format)
{
	unsigned long long sum = 0, number;
	FILE *file = fopen(path, "re");
	char line[256];

	if (!file)
		die("%s cannot be opened", path);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, format, &number) == 1)
			sum += number;
	fclose(file);
	return sum;
}

/*
 * What could be given to someone else, in bytes, with caches out of the way: free
 * pages and those that each processor keeps for itself.
 */
static double memory_free(void)
{
	int fd;

	/* Grace periods after which memory is freed are over by then. */
	usleep(300000);
	sync();
	fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "3", 1) != 1)
		die("drop_caches");
	close(fd);
	return number_sum("/proc/meminfo", "MemFree: %llu") * 1024.0 +
	       number_sum("/proc/zoneinfo", " count: %llu") * (double)sysconf(_SC_PAGESIZE);
}

/*
 * Tables of many targets. Each load but the first is into an empty slot of a device
 * that has been loaded before, and each resume one of a device that has no table.
 */
void load_measure(unsigned int targets)
{
	double loads[ROUNDS_MAX], resumes[ROUNDS_MAX], memory;
	unsigned int i, rounds = targets > 20000 ? 3 : setting.batches;
	struct table table = {0};

	for (i = 0; i < targets; i++)
		table_add(&table, SECTORS_PER_MIB, "linear", "%s %llu", setting.disk[0],
			  (i ^ 1) * SECTORS_PER_MIB);
	for (i = 0; i < rounds; i++) {
		ctl_create("bench");
		loads[i] = (double)ctl_load("bench", &table) / targets;
		resumes[i] = ctl_resume("bench");
		ctl_remove("bench");
	}
	values_print("load%u", targets, loads, rounds);
	values_print("resume%u", targets, resumes, rounds);

	ctl_create("bench");
	memory = memory_free();
	ctl_load("bench", &table);
	ctl_resume("bench");
	memory = (memory - memory_free()) / targets;
	values_print("target%u-memory", targets, &memory, 1);
	ctl_remove("bench");
	table_free(&table);
}

/* The life of one device. "swap" is a load and the resume that lets it take over. */
void verbs_measure(void)
{
	double create[ROUNDS_MAX], load[ROUNDS_MAX], resume[ROUNDS_MAX], suspend[ROUNDS_MAX],
	       again[ROUNDS_MAX], swap[ROUNDS_MAX], remove[ROUNDS_MAX];
	struct table one = {0}, two = {0};
	unsigned int i;

	table_one(&one, 1);
	table_one(&two, 2);
	for (i = 0; i < setting.batches; i++) {
		create[i] = ctl_create("bench");
		load[i] = ctl_load("bench", &one);
		resume[i] = ctl_resume("bench");
		suspend[i] = ctl_suspend("bench");
		again[i] = ctl_resume("bench");
		swap[i] = ctl_load("bench", &two);
		swap[i] += ctl_resume("bench");
		remove[i] = ctl_remove("bench");
	}
	figure_print("create", create, setting.batches);
	figure_print("load", load, setting.batches);
	figure_print("resume", resume, setting.batches);
	figure_print("suspend", suspend, setting.batches);
	figure_print("resume-again", again, setting.batches);
	figure_print("swap", swap, setting.batches);
	figure_print("remove", remove, setting.batches);
	table_free(&one);
	table_free(&two);
}

#define STATUS_BUFFER	16384
#define LIST_BUFFER	65536
#define LIST_DEVICES	500
#define STATUS_REPEATS	1000

static uint64_t table_status_once(const char *name)
{
	return ctl_table_status(name, STATUS_BUFFER);
}

static void repeat_measure(const char *figure, uint64_t (*call)(const char *name))
{
	double values[ROUNDS_MAX];
	struct table table = {0};
	unsigned int i, j;

	table_one(&table, 1);
	device_make("bench", &table);
	for (i = 0; i < setting.batches; i++) {
		values[i] = 0;
		for (j = 0; j < STATUS_REPEATS; j++)
			values[i] += call("bench");
		values[i] /= STATUS_REPEATS;
	}
	figure_print(figure, values, setting.batches);
	ctl_remove("bench");
	table_free(&table);
}

void version_measure(void)
{
	repeat_measure("version", ctl_version);
}

void status_measure(void)
{
	repeat_measure("status", ctl_status);
}

void table_status_measure(void)
{
	repeat_measure("table-status", table_status_once);
}

static const char *device_name(unsigned int number)
{
	static char name[32];

	/* Not in the order of the names: 7919 is prime to any number used here. */
	snprintf(name, sizeof(name), "bench-%05u", number * 7919 % 20000);
	return name;
}

static void list_time(const char *format, unsigned int number, size_t buffer)
{
	double values[ROUNDS_MAX];
	unsigned int i, devices;

	for (i = 0; i < setting.batches; i++) {
		values[i] = ctl_list(buffer, &devices);
		if (devices != number)
			die("%u devices in a list of %u", devices, number);
		values[i] /= devices;
	}
	values_print(format, number, values, setting.batches);
}

void list_measure(void)
{
	unsigned int i;

	for (i = 0; i < LIST_DEVICES; i++)
		ctl_create(device_name(i));
	list_time("list", LIST_DEVICES, LIST_BUFFER);
	for (i = 0; i < LIST_DEVICES; i++)
		ctl_remove(device_name(i));
}

/*
 * How the cost of a device depends on how many there are. At each of the numbers
 * the last hundred devices are looked at: "create1000" is what the creation of one
 * costs where 900 to 1000 exist.
 */
#define SAMPLE	100

static const unsigned int crowd[] = { 100, 1000, 10000 };

void devices_measure(void)
{
	double create[SAMPLE], load[SAMPLE], resume[SAMPLE], look[SAMPLE], remove[SAMPLE];
	double memory = 0, before = 0;
	unsigned int i, step, there = 0;
	struct table table = {0};

	table_one(&table, 1);
	for (step = 0; step < 3; step++) {
		if (step == 1)
			before = memory_free();
		for (; there < crowd[step]; there++) {
			i = there % SAMPLE;
			create[i] = ctl_create(device_name(there));
			load[i] = ctl_load(device_name(there), &table);
			resume[i] = ctl_resume(device_name(there));
		}
		if (step == 1) {
			memory = (before - memory_free()) / (crowd[1] - crowd[0]);
			figure_print("device-memory", &memory, 1);
		}
		for (i = 0; i < SAMPLE; i++)
			look[i] = ctl_status(device_name(there - 1 - i));
		values_print("create%u", crowd[step], create, SAMPLE);
		values_print("load-at%u", crowd[step], load, SAMPLE);
		values_print("resume-at%u", crowd[step], resume, SAMPLE);
		values_print("look-up%u", crowd[step], look, SAMPLE);
		list_time("list%u", crowd[step], crowd[step] * 64 + 1024);
	}
	while (step-- > 0) {
		while (there > (step ? crowd[step - 1] : 0)) {
			double time = ctl_remove(device_name(--there));

			if (crowd[step] - there <= SAMPLE)
				remove[crowd[step] - there - 1] = time;
		}
		values_print("remove%u", crowd[step], remove, SAMPLE);
	}
	table_free(&table);
}
