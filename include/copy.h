/* SPDX-License-Identifier: GPL-2.0 */
/* One copy of dm-kcopyd, cut into sub-jobs. */
#ifndef DM_COPY_H
#define DM_COPY_H

#include "services.h"

/* Sub-jobs of one copy under way at a time. */
#define DM_COPY_STRANDS 8

enum dm_copy_step {
	DM_COPY_RESTS,		/* has nothing to do */
	DM_COPY_WAITS,		/* is in the client's list */
	DM_COPY_READS,
	DM_COPY_PARKED,		/* has read and waits for its turn to write */
	DM_COPY_WRITES,
};

/**
 * struct dm_copy_strand - one sub-job after another
 * @list: in the client's list of those that wait or that have done their I/O
 * @job: the copy
 * @at: where in the copy the sub-job begins, in sectors
 * @count: its sectors
 * @end: where the share of the copy ends that the strand has taken on
 * @pages: what it has read into, or NULL
 * @error: what its last I/O came to, a bit for each region
 * @step: how far the sub-job is
 * @op: of the write that is under way
 * @timed: its I/O counts for the throttle
 */
struct dm_copy_strand {
	struct list_head list;
	struct dm_copy_job *job;
	sector_t at;
	sector_t count;
	sector_t end;
	struct page_list *pages;
	unsigned long error;
	enum dm_copy_step step;
	enum req_op op;
	bool timed;
};

/**
 * struct dm_copy_job - a copy, or zeroes for several regions
 * @list: in the client's list of those that came
 * @call: the callback, and the result as far as it is known
 * @from: what to copy; without a device: zeroes
 * @dests: where to
 * @num_dests: how many of these
 * @count: sectors to do
 * @next: where the part begins that no strand has taken on yet
 * @turn: where the part begins that has not been written, if @ordered
 * @share: sectors that a strand takes on at a time
 * @bare: zeroes are written by an operation without data
 * @ordered: a write begins when the one before it has ended
 * @ignore: go on after an error
 * @failed: do not begin anything more
 * @running: strands that do not rest, and whoever looks through them
 * @strands: those who do it
 */
struct dm_copy_job {
	struct list_head list;
	struct dm_kcopyd_call call;
	struct dm_io_region from;
	struct dm_io_region dests[DM_KCOPYD_MAX_REGIONS];
	unsigned int num_dests;
	sector_t count;
	sector_t next;
	sector_t turn;
	unsigned int share;
	bool bare;
	bool ordered;
	bool ignore;
	bool failed;
	unsigned int running;
	struct dm_copy_strand strands[DM_COPY_STRANDS];
};

/**
 * dm_copy_init() - what is to be done
 * @job: memory, with its call filled in
 * @from: region, or NULL for zeroes
 * @flags: DM_KCOPYD_*
 *
 * Context: any.
 */
void dm_copy_init(struct dm_copy_job *job, const struct dm_io_region *from,
		  unsigned int num_dests, const struct dm_io_region *dests, unsigned int flags);

/** dm_copy_begin() - line up its first sub-jobs; Context: the client's thread */
void dm_copy_begin(struct dm_copy_job *job);

/**
 * dm_copy_advance() - go on after an I/O
 * @strand: out of the client's list of those that have done theirs
 *
 * After the last one the job's callback is queued. Context: the client's thread.
 */
void dm_copy_advance(struct dm_copy_strand *strand);

/**
 * dm_copy_start() - start the sub-jobs that wait, as far as pages and throttle go
 * @kc: a client
 *
 * Context: the client's thread, which is to call this whenever a sub-job has ended
 * and after the time returned.
 * Return: jiffies until the throttle may let on, 0 if that is not what they wait for.
 */
unsigned long dm_copy_start(struct dm_kcopyd_client *kc);

#endif
