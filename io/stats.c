// SPDX-License-Identifier: GPL-2.0
/* Statistics: the life of regions, and counting. See include/stats.h. */
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/percpu.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/vmalloc.h>

#include "stats_region.h"

/* With more areas, I/Os under way are counted in the area, not per CPU. */
#define CROWDED		64

/* What all regions together may take of the memory and of vmalloc's space */
#define MEMORY_FRACTION		4
#define VMALLOC_FRACTION	2

DEFINE_STATIC_KEY_FALSE(dm_stats_used);

unsigned long dm_stats_bytes;
static DEFINE_SPINLOCK(bytes_lock);

/* --- memory --- */

static bool bytes_reserve(size_t bytes)
{
	bool granted = false;
	size_t sum;

	spin_lock(&bytes_lock);
	if (!check_add_overflow(dm_stats_bytes, bytes, &sum) &&
	    (sum >> PAGE_SHIFT) < totalram_pages() / MEMORY_FRACTION &&
	    sum <= VMALLOC_TOTAL / VMALLOC_FRACTION) {
		WRITE_ONCE(dm_stats_bytes, sum);
		granted = true;
	}
	spin_unlock(&bytes_lock);
	return granted;
}

static void bytes_release(size_t bytes)
{
	spin_lock(&bytes_lock);
	WRITE_ONCE(dm_stats_bytes, dm_stats_bytes - bytes);
	spin_unlock(&bytes_lock);
}

/* Nothing finds the region any more, or did ever. */
static void region_free(struct dm_stats_region *r)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		kvfree(r->counts[cpu]);
	kvfree(r->areas);
	kvfree(r->bounds);
	kfree(r->program);
	kfree(r->aux);
	bytes_release(r->bytes);
	kfree(r);
}

/*
 * The sizes of a region. Return: 0; -EOVERFLOW where one cannot be; -ENOMEM
 * where only all of them together cannot.
 */
static int region_measure(struct dm_stats_region *r, size_t *areas, size_t *counts)
{
	u64 num_areas = div64_u64(r->end - r->start - 1, r->step) + 1;
	size_t rest = struct_size(r, counts, nr_cpu_ids) + r->num_bounds * sizeof(*r->bounds);

	r->num_areas = num_areas;
	r->crowded = r->precise || num_areas > CROWDED;
	r->num_sums = SUM_HISTOGRAM + (r->num_bounds ? r->num_bounds + 1 : 0);
	r->area_size = sizeof(struct dm_stats_area) + dm_stats_numbers(r) * sizeof(u64);
	r->counts_size = sizeof(struct dm_stats_counts) + r->num_sums * sizeof(local_t);
	if (r->num_areas != num_areas ||
	    check_mul_overflow(r->num_areas, r->area_size, areas) ||
	    check_mul_overflow(r->num_areas, r->counts_size, counts))
		return -EOVERFLOW;
	if (check_mul_overflow(*counts, (size_t)num_possible_cpus(), &r->bytes) ||
	    check_add_overflow(r->bytes, *areas, &r->bytes) ||
	    check_add_overflow(r->bytes, rest, &r->bytes))
		return -ENOMEM;
	return 0;
}

/* Allocate what is counted in, once the sizes are known and granted. */
static int region_alloc_areas(struct dm_stats_region *r, size_t areas, size_t counts)
{
	u64 now = r->precise ? ktime_get_ns() : get_jiffies_64();
	struct dm_stats_area *area;
	unsigned int cpu;
	size_t i;

	/* more than the allocator takes as a serious wish */
	if (areas > INT_MAX || counts > INT_MAX)
		return -ENOMEM;
	r->areas = kvzalloc(areas, GFP_KERNEL);
	if (!r->areas)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		r->counts[cpu] = kvzalloc_node(counts, GFP_KERNEL, cpu_to_node(cpu));
		if (!r->counts[cpu])
			return -ENOMEM;
		cond_resched();
	}
	for (i = 0; i < r->num_areas; i++) {
		area = dm_stats_area(r, i);
		spin_lock_init(&area->lock);
		area->stamp = now;
		cond_resched();
	}
	return 0;
}

static int region_alloc(const struct dm_stats_spec *spec, struct dm_stats_region **result)
{
	struct dm_stats_region *r;
	size_t areas, counts;
	int err;

	r = kzalloc(struct_size(r, counts, nr_cpu_ids), GFP_KERNEL);
	if (!r)
		return -ENOMEM;
	r->start = spec->start;
	r->end = spec->end;
	r->step = spec->step;
	r->precise = spec->precise;
	r->num_bounds = spec->num_bounds;
	err = region_measure(r, &areas, &counts);
	if (!err && !bytes_reserve(r->bytes))
		err = -ENOMEM;
	if (err) {
		kfree(r);
		return err;
	}

	r->program = kstrdup(spec->program, GFP_KERNEL);
	r->aux = kstrdup(spec->aux, GFP_KERNEL);
	err = r->program && r->aux ? region_alloc_areas(r, areas, counts) : -ENOMEM;
	if (err)
		region_free(r);
	else
		*result = r;
	return err;
}

static int last_alloc(struct dm_stats *st) __must_hold(&st->lock)
{
	unsigned int cpu;

	if (st->last)
		return 0;
	st->last = alloc_percpu(struct dm_stats_last);
	if (!st->last)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		per_cpu_ptr(st->last, cpu)->end = ~(sector_t)0;
	return 0;
}

/* --- regions --- */

void dm_stats_init(struct dm_stats *st)
{
	mutex_init(&st->lock);
	INIT_LIST_HEAD(&st->regions);
}

void dm_stats_exit(struct dm_stats *st)
{
	struct dm_stats_region *r, *next;

	list_for_each_entry_safe(r, next, &st->regions, list) {
		region_free(r);
		static_branch_dec(&dm_stats_used);
	}
	free_percpu(st->last);
	mutex_destroy(&st->lock);
}

struct dm_stats_region *dm_stats_region_find(struct dm_stats *st, int id)
{
	struct dm_stats_region *r;

	list_for_each_entry(r, &st->regions, list) {
		if (r->id == id)
			return r;
	}
	return NULL;
}

/* Let I/O see a region that is complete, under the lowest id that is free. */
static void region_publish(struct dm_stats *st, struct dm_stats_region *r)
	__must_hold(&st->lock)
{
	struct dm_stats_region *at;

	list_for_each_entry(at, &st->regions, list) {
		if (at->id != r->id)
			break;
		r->id++;
	}
	r->seq = st->seq + 1;
	list_add_tail_rcu(&r->list, &at->list);
	if (r->precise)
		WRITE_ONCE(st->precise, st->precise + 1);
	/* who sees the number finds the region, and knows how it takes the time */
	smp_store_release(&st->seq, r->seq);
	/* who sees that there are regions sees all that they need */
	smp_store_release(&st->count, st->count + 1);
}

int dm_stats_create(struct dm_stats *st, struct dm_stats_spec *spec)
{
	struct dm_stats_region *r;
	int err;

	err = region_alloc(spec, &r);
	if (err)
		return err;

	mutex_lock(&st->lock);
	err = last_alloc(st);
	if (err) {
		mutex_unlock(&st->lock);
		region_free(r);
		return err;
	}
	r->bounds = spec->bounds;
	spec->bounds = NULL;
	region_publish(st, r);
	err = r->id;
	mutex_unlock(&st->lock);
	static_branch_inc(&dm_stats_used);
	return err;
}

int dm_stats_delete(struct dm_stats *st, int id)
{
	struct dm_stats_region *r;

	mutex_lock(&st->lock);
	r = dm_stats_region_find(st, id);
	if (!r) {
		mutex_unlock(&st->lock);
		return -ENOENT;
	}
	WRITE_ONCE(st->count, st->count - 1);
	list_del_rcu(&r->list);
	if (r->precise)
		WRITE_ONCE(st->precise, st->precise - 1);
	mutex_unlock(&st->lock);

	static_branch_dec(&dm_stats_used);
	/* I/O that is under way will not find it; what counts in it now goes on */
	synchronize_rcu_expedited();
	region_free(r);
	return 0;
}

int dm_stats_set_aux(struct dm_stats *st, int id, const char *aux)
{
	char *copy = kstrdup(aux, GFP_KERNEL);
	struct dm_stats_region *r;

	if (!copy)
		return -ENOMEM;
	mutex_lock(&st->lock);
	r = dm_stats_region_find(st, id);
	if (r)
		swap(r->aux, copy);
	mutex_unlock(&st->lock);
	kfree(copy);
	return r ? 0 : -ENOENT;
}

/* --- counting --- */

static u64 region_now(const struct dm_stats_region *r)
{
	return r->precise ? ktime_get_ns() : get_jiffies_64();
}

/*
 * I/Os under way. Ends are read before starts, so that none seems to have
 * ended that did not start.
 */
static void area_flight(const struct dm_stats_region *r, size_t i, u64 *flight)
{
	const struct dm_stats_area *area = dm_stats_area(r, i);
	struct dm_stats_counts *c;
	unsigned int cpu, dir;

	for (dir = READ; dir <= WRITE; dir++)
		flight[dir] = r->crowded ? area->flight[dir] : 0;
	if (r->crowded)
		return;

	for_each_possible_cpu(cpu) {
		c = dm_stats_counts(r, cpu, i);
		for (dir = READ; dir <= WRITE; dir++)
			flight[dir] -= local_read(&c->sums[SUM_IOS + dir]);
	}
	smp_rmb(); /* an end that was read implies its start; I/O orders the two */
	for_each_possible_cpu(cpu) {
		c = dm_stats_counts(r, cpu, i);
		for (dir = READ; dir <= WRITE; dir++)
			flight[dir] += local_read(&c->started[dir]);
	}
}

/*
 * Bring the times of an area up to now. What is found under way has been since
 * the stamp: whoever starts or ends an I/O at another time moves the stamp,
 * before that is counted.
 */
static void area_advance(const struct dm_stats_region *r, size_t i)
	__must_hold(&dm_stats_area(r, i)->lock)
{
	struct dm_stats_area *area = dm_stats_area(r, i);
	u64 now = region_now(r), flight[2], past;

	past = now - area->stamp;
	/* another CPU's clock was read before, but is ahead */
	if ((s64)past <= 0)
		return;
	area_flight(r, i, flight);
	if (flight[READ])
		area->times[TIME_READ] += past;
	if (flight[WRITE])
		area->times[TIME_WRITE] += past;
	if (flight[READ] || flight[WRITE])
		area->times[TIME_BUSY] += past;
	area->times[TIME_QUEUE] += past * (flight[READ] + flight[WRITE]);
	/* also read without the lock */
	WRITE_ONCE(area->stamp, now);
}

/* An I/O starts (@by is 1) or ends (-1) in an area of a crowded region. */
static void area_crowd(const struct dm_stats_region *r, size_t i, unsigned int dir, int by)
{
	struct dm_stats_area *area = dm_stats_area(r, i);
	unsigned long irq;

	spin_lock_irqsave(&area->lock, irq);
	area_advance(r, i);
	area->flight[dir] += by;
	spin_unlock_irqrestore(&area->lock, irq);
}

/* An I/O starts or ends in another region. */
static void area_tick(const struct dm_stats_region *r, size_t i)
{
	struct dm_stats_area *area = dm_stats_area(r, i);
	unsigned long irq;

	if (likely(!time_after64(get_jiffies_64(), READ_ONCE(area->stamp))))
		return;
	spin_lock_irqsave(&area->lock, irq);
	area_advance(r, i);
	spin_unlock_irqrestore(&area->lock, irq);
}

/* Which number of the histogram a duration belongs to. */
static unsigned int histogram_find(const struct dm_stats_region *r, u64 duration)
{
	unsigned int low = 0, high = r->num_bounds, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (duration < r->bounds[mid])
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

/* One end of an I/O. */
struct event {
	sector_t sector;
	unsigned int len;
	unsigned int dir;
	bool end;
	bool merged;
	unsigned long ticks;	/* how long it took */
	u64 ns;			/* likewise, where anyone wants to know */
};

static void area_start(const struct dm_stats_region *r, size_t i, unsigned int dir)
{
	struct dm_stats_counts *c;

	if (r->crowded) {
		area_crowd(r, i, dir, 1);
		return;
	}
	area_tick(r, i);
	c = dm_stats_counts(r, get_cpu(), i);
	local_inc(&c->started[dir]);
	put_cpu();
}

static void area_end(const struct dm_stats_region *r, size_t i, const struct event *e,
		     unsigned int sectors, unsigned int slot)
{
	struct dm_stats_counts *c;

	if (r->crowded)
		area_crowd(r, i, e->dir, -1);
	else
		area_tick(r, i);
	c = dm_stats_counts(r, get_cpu(), i);
	local_inc(&c->sums[SUM_IOS + e->dir]);
	local_add(e->merged, &c->sums[SUM_MERGES + e->dir]);
	local_add(sectors, &c->sums[SUM_SECTORS + e->dir]);
	local_add(r->precise ? e->ns : e->ticks, &c->sums[SUM_TICKS + e->dir]);
	if (r->num_bounds)
		local_inc(&c->sums[SUM_HISTOGRAM + slot]);
	put_cpu();
}

/* An I/O counts once in each area that it touches. */
static void region_count(const struct dm_stats_region *r, const struct event *e)
{
	sector_t from = max(e->sector, r->start);
	sector_t to = min(e->sector + e->len, r->end);
	unsigned int slot = 0, part;
	u64 i, into;

	if (from >= to)
		return;
	if (e->end && r->num_bounds)
		slot = histogram_find(r, r->precise ? e->ns : jiffies_to_msecs(e->ticks));
	i = div64_u64_rem(from - r->start, r->step, &into);
	for (; from < to; from += part, into = 0, i++) {
		part = min_t(u64, to - from, r->step - into);
		if (e->end)
			area_end(r, i, e, part, slot);
		else
			area_start(r, i, e->dir);
	}
}

/* Count in every region that was there when the I/O began. */
static void stats_count(struct dm_stats *st, unsigned int seq, const struct event *e)
{
	struct dm_stats_region *r;

	rcu_read_lock();
	list_for_each_entry_rcu(r, &st->regions, list) {
		if ((int)(r->seq - seq) <= 0)
			region_count(r, e);
	}
	rcu_read_unlock();
}

/* Does it begin where the last one of this CPU ended, in the same direction? */
static bool stats_follows(struct dm_stats *st, bool write, sector_t sector, unsigned int len)
{
	struct dm_stats_last *last = get_cpu_ptr(st->last);
	bool follows = last->end == sector && last->write == write;

	last->end = sector + len;
	last->write = write;
	put_cpu_ptr(st->last);
	return follows;
}

void dm_stats_begin(struct dm_stats *st, struct dm_stats_io *io, bool write, sector_t sector,
		    unsigned int len, unsigned long start)
{
	const struct event e = { .sector = sector, .len = len, .dir = write };
	unsigned long waited;

	/* pairs with region_publish() */
	io->seq = smp_load_acquire(&st->seq);
	io->len = len;
	io->merged = stats_follows(st, write, sector, len);
	io->start_ns = 0;
	if (READ_ONCE(st->precise)) {
		io->start_ns = ktime_get_ns();
		/* a target may have kept it; this is known to the tick */
		waited = jiffies - start;
		if (waited > 1)
			io->start_ns -= jiffies_to_nsecs(waited);
	}
	stats_count(st, io->seq, &e);
}

void dm_stats_end(struct dm_stats *st, const struct dm_stats_io *io, enum req_op op,
		  sector_t sector, unsigned long start)
{
	const struct event e = {
		.sector = sector,
		.len = io->len,
		.dir = op_is_write(op),
		.end = true,
		.merged = io->merged,
		.ticks = jiffies - start,
		.ns = io->start_ns ? ktime_get_ns() - io->start_ns : 0,
	};

	stats_count(st, io->seq, &e);
}

void dm_stats_area_read(const struct dm_stats_region *r, size_t i, u64 *numbers, u64 *flight)
{
	struct dm_stats_area *area = dm_stats_area(r, i);
	struct dm_stats_counts *c;
	unsigned int cpu, n;
	u64 under_way[2];

	memset(numbers, 0, dm_stats_numbers(r) * sizeof(*numbers));
	spin_lock_irq(&area->lock);
	area_advance(r, i);
	area_flight(r, i, under_way);
	memcpy(numbers + r->num_sums, area->times, sizeof(area->times));
	spin_unlock_irq(&area->lock);
	*flight = under_way[READ] + under_way[WRITE];

	for_each_possible_cpu(cpu) {
		c = dm_stats_counts(r, cpu, i);
		for (n = 0; n < r->num_sums; n++)
			numbers[n] += local_read(&c->sums[n]);
	}
	for (n = 0; n < dm_stats_numbers(r); n++)
		numbers[n] -= area->base[n];
}
