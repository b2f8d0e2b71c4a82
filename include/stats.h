/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Statistics: I/O of a device counted over regions that user space defines by
 * the @stats_* messages.
 *
 * io/stats.c			regions: their life, and counting
 * io/stats_report.c		reading them: list, print, clear
 * control/stats_message.c	the messages
 *
 * A region is divided into areas of equal size. What an I/O adds to an area is
 * counted per CPU and never set back: clearing remembers the sums of that
 * moment, and they are subtracted from then on. So nothing is lost between
 * printing and clearing, and I/O does not wait for either.
 *
 * Regions are changed under dm_stats.lock and found by I/O under RCU. Every
 * region has a number that grows with each creation. An I/O remembers the
 * newest number there was when it began, and is counted at its end in none
 * that came later: otherwise an area would see an end without a beginning.
 */
#ifndef DM_STATS_H
#define DM_STATS_H

#include <linux/blk_types.h>
#include <linux/jump_label.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/types.h>

struct mapped_device;
struct seq_buf;

/* Where the last I/O that a CPU sent ended: one that begins there is "merged". */
struct dm_stats_last {
	sector_t end;
	bool write;
};

/**
 * struct dm_stats - the statistics of a device
 * @count: regions; every I/O looks at it
 * @seq: number of the newest region
 * @precise: regions whose times are in nanoseconds
 * @last: per CPU, allocated with the first region
 * @lock: serialises the messages; outer to the lock of an area
 * @regions: by id
 */
struct dm_stats {
	unsigned int count;
	unsigned int seq;
	unsigned int precise;
	struct dm_stats_last __percpu *last;
	struct mutex lock;		/* see above */
	struct list_head regions;
};

/**
 * struct dm_stats_io - what is remembered of an I/O from its beginning to its end
 * @start_ns: when it began, where a region wants to know
 * @seq: the newest region that counts it
 * @len: sectors
 * @merged: it began where the one before had ended
 */
struct dm_stats_io {
	u64 start_ns;
	unsigned int seq;
	unsigned int len;
	bool merged;
};

/**
 * struct dm_stats_spec - a region to be created
 * @start: first sector
 * @end: behind the last
 * @step: sectors of an area, not zero
 * @precise: times in nanoseconds, not in ticks
 * @num_bounds: of the histogram; zero for none
 * @bounds: ascending; taken over where the creation succeeds
 * @program: shown in lists
 * @aux: likewise
 */
struct dm_stats_spec {
	sector_t start;
	sector_t end;
	sector_t step;
	bool precise;
	unsigned int num_bounds;
	u64 *bounds;
	const char *program;
	const char *aux;
};

/* Any device has a region. Off, the statistics cost an I/O one no-op. */
DECLARE_STATIC_KEY_FALSE(dm_stats_used);

/* Bytes that all regions take, for the module parameter. */
extern unsigned long dm_stats_bytes;

/** dm_stats_init() - of a new device @st: its statistics */
void dm_stats_init(struct dm_stats *st);

/**
 * dm_stats_exit() - free all regions
 * @st: the statistics of a device that nobody can reach any more
 */
void dm_stats_exit(struct dm_stats *st);

/* io/stats.c; call dm_stats_start() */
void dm_stats_begin(struct dm_stats *st, struct dm_stats_io *io, bool write, sector_t sector,
		    unsigned int len, unsigned long start);

/**
 * dm_stats_active() - is there any region?
 * @st: the statistics of a device
 */
static inline bool dm_stats_active(const struct dm_stats *st)
{
	/* pairs with region_publish(): what a region needs is there before it */
	return static_branch_unlikely(&dm_stats_used) && unlikely(smp_load_acquire(&st->count));
}

/**
 * dm_stats_start() - an I/O begins
 * @st: the statistics of the device
 * @io: filled in where this returns true
 * @op: the operation
 * @sector: of the device
 * @len: sectors; an empty flush is not counted
 * @start: when it came, in jiffies
 *
 * Context: any but NMI.
 * Return: true where it is counted: dm_stats_end() has to follow.
 */
static inline bool dm_stats_start(struct dm_stats *st, struct dm_stats_io *io, enum req_op op,
				  sector_t sector, unsigned int len, unsigned long start)
{
	if (likely(!dm_stats_active(st)) || !len)
		return false;
	dm_stats_begin(st, io, op_is_write(op), sector, len, start);
	return true;
}

/**
 * dm_stats_end() - an I/O has ended
 * @st: as for dm_stats_start(), which returned true
 * @io: likewise
 * @op: likewise
 * @sector: likewise
 * @start: likewise
 *
 * Context: any but NMI; the device is still there.
 */
void dm_stats_end(struct dm_stats *st, const struct dm_stats_io *io, enum req_op op,
		  sector_t sector, unsigned long start);

/**
 * dm_stats_create() - create a region
 * @st: the statistics
 * @spec: of the region
 *
 * Return: its id, the lowest that is free; -EOVERFLOW where there would be
 * more areas than can be; -ENOMEM.
 */
int dm_stats_create(struct dm_stats *st, struct dm_stats_spec *spec);

/**
 * dm_stats_delete() - delete a region
 * @st: the statistics
 * @id: of the region
 *
 * Waits for an RCU grace period, but for no I/O.
 *
 * Return: 0 or -ENOENT.
 */
int dm_stats_delete(struct dm_stats *st, int id);

/**
 * dm_stats_set_aux() - replace the auxiliary data of a region
 * @st: the statistics
 * @id: of the region
 * @aux: the new
 *
 * Return: 0, -ENOENT or -ENOMEM.
 */
int dm_stats_set_aux(struct dm_stats *st, int id, const char *aux);

/**
 * dm_stats_clear() - have all sums of a region count from zero
 * @st: the statistics
 * @id: of the region
 *
 * What is under way stays counted as such.
 *
 * Return: 0, -ENOENT or -ENOMEM.
 */
int dm_stats_clear(struct dm_stats *st, int id);

/**
 * dm_stats_list() - describe regions, a line each
 * @st: the statistics
 * @program: only those that it created; or NULL
 * @out: where to
 */
void dm_stats_list(struct dm_stats *st, const char *program, struct seq_buf *out);

/**
 * dm_stats_print() - write the sums of a region, a line an area
 * @st: the statistics
 * @id: of the region
 * @first: number of the first area
 * @count: how many; there may be fewer
 * @clear: then have what was printed count from zero; where @out overflows,
 *	nothing is cleared, because the caller comes again with more room
 * @out: where to
 *
 * Return: 0, -ENOENT or -ENOMEM.
 */
int dm_stats_print(struct dm_stats *st, int id, size_t first, size_t count, bool clear,
		   struct seq_buf *out);

/**
 * dm_stats_message() - one of the @stats_* messages
 * @md: the device it is sent to
 * @argc: words
 * @argv: the words; the first begins with @
 * @result: room for an answer
 * @maxlen: its bytes
 *
 * Where the answer fills the room it may have been cut off; the message has
 * changed nothing then and may be given again with more room.
 *
 * Return: 0; 1: there is an answer; -ENOIOCTLCMD where it is no message of the
 * statistics; or another negative errno.
 */
int dm_stats_message(struct mapped_device *md, unsigned int argc, char **argv, char *result,
		     unsigned int maxlen);

#endif
