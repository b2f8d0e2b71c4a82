/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a region of the statistics consists of: private to io/stats*.c.
 *
 * The sums of an area are a vector: those counted per CPU come first, the
 * times that an area was busy last, behind the histogram.
 *
 * Times in ticks: an area's busy times need nothing but its stamp as long as
 * the tick lasts, and what is under way is counted per CPU; so in the normal
 * case an I/O writes to no shared cache line. This is too coarse for times in
 * nanoseconds, and adding up the CPUs costs too much where there are many
 * areas, of which each gets little I/O: such regions are "crowded", and count
 * what is under way in the area, under its lock.
 */
#ifndef DM_STATS_REGION_H
#define DM_STATS_REGION_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include <asm/local.h>

#include "stats.h"

/* Sums per CPU; the first four are indexed by direction, and local_t, so long. */
enum {
	SUM_IOS = 0,
	SUM_MERGES = 2,
	SUM_SECTORS = 4,
	SUM_TICKS = 6,
	SUM_HISTOGRAM = 8,
};

/* Times of an area, behind those */
enum {
	TIME_READ,		/* a read was under way */
	TIME_WRITE,
	TIME_BUSY,		/* either was */
	TIME_QUEUE,		/* times how many were */
	TIME_NR,
};

/**
 * struct dm_stats_area - an area, as far as it is shared by the CPUs
 * @lock: of @stamp, @times and @flight; taken from completions
 * @flight: I/Os under way by direction, in a crowded region
 * @stamp: until when @times go
 * @times: in ticks or nanoseconds
 * @base: the sums and times at the last clear; under dm_stats.lock
 */
struct dm_stats_area {
	spinlock_t lock;		/* see above */
	unsigned int flight[2];
	u64 stamp;
	u64 times[TIME_NR];
	u64 base[];
};

/**
 * struct dm_stats_counts - what one CPU has counted in an area
 * @started: I/Os by direction, in a region that is not crowded; those under
 *	way are all that were started less all that were counted as ended
 * @sums: see above
 */
struct dm_stats_counts {
	local_t started[2];
	local_t sums[];
};

/**
 * struct dm_stats_region - a region
 * @list: in dm_stats.regions
 * @seq: its number
 * @id: what user space calls it
 * @start: first sector
 * @end: behind the last
 * @step: sectors of an area
 * @num_areas: the last may reach beyond @end
 * @precise: times in nanoseconds, not in ticks
 * @crowded: see above
 * @num_bounds: of the histogram
 * @bounds: ascending, in nanoseconds or milliseconds
 * @num_sums: SUM_HISTOGRAM and the numbers of the histogram
 * @area_size: bytes of an area
 * @counts_size: bytes of an area's counts
 * @bytes: that it takes in all
 * @program: set when it is created
 * @aux: under dm_stats.lock
 * @areas: use dm_stats_area()
 * @counts: of each CPU; use dm_stats_counts()
 */
struct dm_stats_region {
	struct list_head list;
	unsigned int seq;
	int id;
	sector_t start;
	sector_t end;
	sector_t step;
	size_t num_areas;
	bool precise;
	bool crowded;
	unsigned int num_bounds;
	u64 *bounds;
	unsigned int num_sums;
	size_t area_size;
	size_t counts_size;
	size_t bytes;
	char *program;
	char *aux;
	void *areas;
	void *counts[];
};

static inline struct dm_stats_area *dm_stats_area(const struct dm_stats_region *r, size_t area)
{
	return r->areas + area * r->area_size;
}

static inline struct dm_stats_counts *dm_stats_counts(const struct dm_stats_region *r,
						      unsigned int cpu, size_t area)
{
	return r->counts[cpu] + area * r->counts_size;
}

/** dm_stats_numbers() - of numbers in the vector of an area @r: the region */
static inline unsigned int dm_stats_numbers(const struct dm_stats_region *r)
{
	return r->num_sums + TIME_NR;
}

/**
 * dm_stats_region_find() - a region by its id
 * @st: the statistics
 * @id: the id
 *
 * Context: dm_stats.lock held. Return: the region or NULL.
 */
struct dm_stats_region *dm_stats_region_find(struct dm_stats *st, int id)
	__must_hold(&st->lock);

/**
 * dm_stats_area_read() - the numbers of an area, this moment's
 * @r: the region
 * @area: which
 * @numbers: result, as many as dm_stats_numbers(), since the last clear
 * @flight: result: I/Os under way
 *
 * Context: dm_stats.lock of the region held.
 */
void dm_stats_area_read(const struct dm_stats_region *r, size_t area, u64 *numbers,
			u64 *flight);

#endif
