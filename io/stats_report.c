// SPDX-License-Identifier: GPL-2.0
/* Statistics: list, print, clear. See include/stats.h. */
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/seq_buf.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "stats_region.h"

/* "0+1", thirteen numbers, the end of the line */
#define LINE_MIN	(3 + 13 * 2 + 1)

static void region_describe(const struct dm_stats_region *r, struct seq_buf *out)
{
	unsigned int i;

	seq_buf_printf(out, "%d: %llu+%llu %llu %s %s", r->id, (u64)r->start,
		       (u64)(r->end - r->start), (u64)r->step, r->program, r->aux);
	if (r->precise)
		seq_buf_printf(out, " precise_timestamps");
	for (i = 0; i < r->num_bounds; i++)
		seq_buf_printf(out, "%s%llu", i ? "," : " histogram:", r->bounds[i]);
	seq_buf_printf(out, "\n");
}

void dm_stats_list(struct dm_stats *st, const char *program, struct seq_buf *out)
{
	struct dm_stats_region *r;

	mutex_lock(&st->lock);
	list_for_each_entry(r, &st->regions, list) {
		if (!program || !strcmp(program, r->program))
			region_describe(r, out);
		if (seq_buf_has_overflowed(out))
			break;
		cond_resched();
	}
	mutex_unlock(&st->lock);
}

/* A duration as it is shown: nanoseconds or milliseconds. */
static u64 shown(const struct dm_stats_region *r, u64 time)
{
	return r->precise ? time : jiffies64_to_msecs(time);
}

static void area_print(const struct dm_stats_region *r, size_t area, const u64 *numbers,
		       u64 flight, struct seq_buf *out)
{
	const u64 *times = numbers + r->num_sums;
	unsigned int dir, n;

	seq_buf_printf(out, "%llu+%llu", (u64)(r->start + area * r->step), (u64)r->step);
	for (dir = READ; dir <= WRITE; dir++)
		seq_buf_printf(out, " %llu %llu %llu %llu", numbers[SUM_IOS + dir],
			       numbers[SUM_MERGES + dir], numbers[SUM_SECTORS + dir],
			       shown(r, numbers[SUM_TICKS + dir]));
	seq_buf_printf(out, " %llu %llu %llu %llu %llu", flight, shown(r, times[TIME_BUSY]),
		       shown(r, times[TIME_QUEUE]), shown(r, times[TIME_READ]),
		       shown(r, times[TIME_WRITE]));
	for (n = SUM_HISTOGRAM; n < r->num_sums; n++)
		seq_buf_printf(out, "%c%llu", n == SUM_HISTOGRAM ? ' ' : ':', numbers[n]);
	seq_buf_printf(out, "\n");
}

/* Have an area count from where it showed these numbers. */
static void area_rebase(const struct dm_stats_region *r, size_t area, const u64 *numbers)
{
	u64 *base = dm_stats_area(r, area)->base;
	unsigned int n;

	for (n = 0; n < dm_stats_numbers(r); n++)
		base[n] += numbers[n];
}

static int region_clear(struct dm_stats_region *r)
{
	u64 *numbers = kvmalloc_array(dm_stats_numbers(r), sizeof(*numbers), GFP_KERNEL);
	u64 flight;
	size_t i;

	if (!numbers)
		return -ENOMEM;
	for (i = 0; i < r->num_areas; i++) {
		dm_stats_area_read(r, i, numbers, &flight);
		area_rebase(r, i, numbers);
		cond_resched();
	}
	kvfree(numbers);
	return 0;
}

int dm_stats_clear(struct dm_stats *st, int id)
{
	struct dm_stats_region *r;
	int err = -ENOENT;

	mutex_lock(&st->lock);
	r = dm_stats_region_find(st, id);
	if (r)
		err = region_clear(r);
	mutex_unlock(&st->lock);
	return err;
}

/*
 * Print @count areas, whose numbers are kept until it is known that all went
 * out: to clear is to lose them.
 */
static int region_print_clear(struct dm_stats_region *r, size_t first, size_t count,
			      struct seq_buf *out)
{
	unsigned int width = dm_stats_numbers(r);
	u64 *rows, flight;
	size_t i;

	/* more than this will not fit the buffer, whatever the numbers are */
	count = min_t(size_t, count, out->size / LINE_MIN + 1);
	rows = kvmalloc_array(count, width * sizeof(*rows), GFP_KERNEL);
	if (!rows)
		return -ENOMEM;
	for (i = 0; i < count && !seq_buf_has_overflowed(out); i++) {
		dm_stats_area_read(r, first + i, rows + i * width, &flight);
		area_print(r, first + i, rows + i * width, flight, out);
		cond_resched();
	}
	for (i = 0; i < count && !seq_buf_has_overflowed(out); i++)
		area_rebase(r, first + i, rows + i * width);
	kvfree(rows);
	return 0;
}

static int region_print(struct dm_stats_region *r, size_t first, size_t count,
			struct seq_buf *out)
{
	u64 *numbers = kvmalloc_array(dm_stats_numbers(r), sizeof(*numbers), GFP_KERNEL);
	u64 flight;
	size_t i;

	if (!numbers)
		return -ENOMEM;
	for (i = first; i < first + count && !seq_buf_has_overflowed(out); i++) {
		dm_stats_area_read(r, i, numbers, &flight);
		area_print(r, i, numbers, flight, out);
		cond_resched();
	}
	kvfree(numbers);
	return 0;
}

int dm_stats_print(struct dm_stats *st, int id, size_t first, size_t count, bool clear,
		   struct seq_buf *out)
{
	struct dm_stats_region *r;
	int err = -ENOENT;

	mutex_lock(&st->lock);
	r = dm_stats_region_find(st, id);
	if (r) {
		first = min(first, r->num_areas);
		count = min(count, r->num_areas - first);
		err = 0;
		if (count)
			err = clear ? region_print_clear(r, first, count, out) :
				      region_print(r, first, count, out);
	}
	mutex_unlock(&st->lock);
	return err;
}
