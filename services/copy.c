// SPDX-License-Identifier: GPL-2.0
/*
 * One copy of dm-kcopyd.
 *
 * A copy is done by up to DM_COPY_STRANDS strands. Each takes on a share of it, does
 * that sub-job by sub-job, and takes on the next. A sub-job waits in the client's list
 * for the throttle and for its pages, is read, and written to all destinations at once.
 * All but the I/O itself is the client's thread's, so that nothing here is locked.
 *
 * Pages are given out in the order of the list and all that a sub-job needs at once; it
 * gives them back when it is written. So those who have pages never wait for those who
 * have not: with ordered writes, too, for what comes first in a copy comes first in
 * the list.
 */
#include <linux/blkdev.h>
#include <linux/ioprio.h>

#include "copy.h"
#include "throttle.h"

static struct dm_kcopyd_client *client_of(const struct dm_copy_job *job)
{
	return job->call.kc;
}

/* Sectors of zeroes that all destinations take without data at a time; 0: not all can. */
static unsigned int bare_share(const struct dm_copy_job *job)
{
	unsigned int share = UINT_MAX >> SECTOR_SHIFT;
	unsigned int i;

	for (i = 0; i < job->num_dests; i++) {
		struct block_device *bdev = job->dests[i].bdev;

		if (bdev_is_zoned(bdev))
			return 0;
		share = min(share, bdev_write_zeroes_sectors(bdev));
	}
	return share;
}

void dm_copy_init(struct dm_copy_job *job, const struct dm_io_region *from,
		  unsigned int num_dests, const struct dm_io_region *dests, unsigned int flags)
{
	unsigned int i;

	job->from = from ? *from : (struct dm_io_region) { };
	job->num_dests = num_dests;
	job->count = job->from.count;
	job->next = 0;
	job->turn = 0;
	job->share = client_of(job)->piece;
	job->ordered = flags & DM_KCOPYD_WRITE_SEQ;
	job->ignore = flags & DM_KCOPYD_IGNORE_ERROR;
	job->failed = false;
	job->running = 0;
	for (i = 0; i < num_dests; i++) {
		job->dests[i] = dests[i];
		if (!from)
			job->count = max(job->count, dests[i].count);
		/* a zone takes writes at its end only, whether the user thought of it or not */
		job->ordered |= bdev_is_zoned(dests[i].bdev);
	}
	job->bare = !from && bare_share(job);
	if (job->bare)
		job->share = max(job->share, rounddown(bare_share(job), job->share));
	for (i = 0; i < DM_COPY_STRANDS; i++)
		job->strands[i] = (struct dm_copy_strand) { .job = job };
}

/* --- I/O ------------------------------------------------------------------------- */

/* May be called from an interrupt. */
static void strand_io_end(unsigned long error, void *context)
{
	struct dm_copy_strand *strand = context;
	struct dm_kcopyd_client *kc = client_of(strand->job);

	if (strand->timed)
		dm_throttle_end(kc->throttle);
	strand->error = error;
	dm_kcopyd_queue(kc, &strand->list, &kc->done);
}

static void strand_io(struct dm_copy_strand *strand, enum req_op op, struct page_list *pages,
		      unsigned int count, struct dm_io_region *regions)
{
	struct dm_kcopyd_client *kc = client_of(strand->job);
	struct dm_io_request req = {
		.bi_opf = op,
		.mem = { .type = DM_IO_PAGE_LIST, .ptr.pl = pages },
		.notify = { .fn = strand_io_end, .context = strand },
		.client = kc->io,
	};

	strand->timed = dm_throttle_begin(kc->throttle);
	if (dm_io(&req, count, regions, NULL, IOPRIO_DEFAULT))
		strand_io_end(BIT(count) - 1, strand);
}

static void strand_read(struct dm_copy_strand *strand)
{
	struct dm_io_region region = strand->job->from;

	strand->step = DM_COPY_READS;
	region.sector += strand->at;
	region.count = strand->count;
	strand_io(strand, REQ_OP_READ, strand->pages, 1, &region);
}

static void strand_write(struct dm_copy_strand *strand)
{
	struct dm_copy_job *job = strand->job;
	struct dm_io_region regions[DM_KCOPYD_MAX_REGIONS];
	unsigned int i;

	/* less than it lined up for where it has turned out that data are needed */
	if (!job->bare)
		strand->count = min_t(sector_t, strand->count, client_of(job)->piece);
	for (i = 0; i < job->num_dests; i++) {
		const struct dm_io_region *dest = &job->dests[i];

		regions[i].bdev = dest->bdev;
		regions[i].sector = dest->sector + strand->at;
		/* one may be shorter than the others */
		regions[i].count = dest->count > strand->at ?
				   min(strand->count, dest->count - strand->at) : 0;
	}
	strand->step = DM_COPY_WRITES;
	strand->op = job->bare ? REQ_OP_WRITE_ZEROES : REQ_OP_WRITE;
	strand_io(strand, strand->op, strand->pages ?: &client_of(job)->zeroes,
		  job->num_dests, regions);
}

static void strand_write_in_turn(struct dm_copy_strand *strand)
{
	const struct dm_copy_job *job = strand->job;

	if (job->ordered && strand->at != job->turn)
		strand->step = DM_COPY_PARKED;
	else
		strand_write(strand);
}

/* --- from one sub-job to the next ------------------------------------------------ */

/* Whoever counts as running stops to; the job is the callback's after the last one. */
static void job_put(struct dm_copy_job *job)
{
	struct dm_kcopyd_client *kc = client_of(job);

	if (!--job->running)
		dm_kcopyd_queue(kc, &job->call.list, &kc->calls);
}

static void strand_rest(struct dm_copy_strand *strand)
{
	struct dm_copy_job *job = strand->job;

	dm_page_stock_give(&client_of(job)->pages, strand->pages);
	strand->pages = NULL;
	strand->step = DM_COPY_RESTS;
	job_put(job);
}

/* Line up for the next sub-job of the share, or of the next share. */
static void strand_next(struct dm_copy_strand *strand)
{
	struct dm_copy_job *job = strand->job;
	struct dm_kcopyd_client *kc = client_of(job);

	if (strand->at == strand->end) {
		strand->at = job->next;
		strand->end = job->next + min_t(sector_t, job->share, job->count - job->next);
		job->next = strand->end;
	}
	if (job->failed || strand->at == strand->end) {
		strand_rest(strand);
		return;
	}
	strand->count = strand->end - strand->at;
	if (!job->bare)
		strand->count = min_t(sector_t, strand->count, kc->piece);
	strand->step = DM_COPY_WAITS;
	list_add_tail(&strand->list, &kc->waiting);
}

/* Somebody has written, or the copy has failed: who is parked may have to go on. */
static void parked_go_on(struct dm_copy_job *job)
{
	unsigned int i;

	for (i = 0; i < DM_COPY_STRANDS; i++) {
		struct dm_copy_strand *strand = &job->strands[i];

		if (strand->step != DM_COPY_PARKED)
			continue;
		if (job->failed)
			strand_rest(strand);
		else
			strand_write_in_turn(strand);
	}
}

static void strand_was_read(struct dm_copy_strand *strand)
{
	struct dm_copy_job *job = strand->job;

	if (strand->error) {
		job->call.read_err = 1;
		job->failed |= !job->ignore;
	}
	if (job->failed)
		strand_rest(strand);
	else
		strand_write_in_turn(strand);
}

static void strand_was_written(struct dm_copy_strand *strand)
{
	struct dm_copy_job *job = strand->job;

	if (strand->error && strand->op == REQ_OP_WRITE_ZEROES) {
		/* a disk may find out only now that it cannot: write them as data */
		job->bare = false;
	} else {
		job->call.write_err |= strand->error;
		job->failed |= strand->error && !job->ignore;
		dm_page_stock_give(&client_of(job)->pages, strand->pages);
		strand->pages = NULL;
		strand->at += strand->count;
		job->turn = strand->at;
	}
	strand_next(strand);
}

void dm_copy_advance(struct dm_copy_strand *strand)
{
	struct dm_copy_job *job = strand->job;

	/* so that the job lives on while it is looked through */
	job->running++;
	if (strand->step == DM_COPY_READS)
		strand_was_read(strand);
	else
		strand_was_written(strand);
	if (job->ordered)
		parked_go_on(job);
	job_put(job);
}

void dm_copy_begin(struct dm_copy_job *job)
{
	unsigned int i;

	job->running = DM_COPY_STRANDS + 1;
	for (i = 0; i < DM_COPY_STRANDS; i++)
		strand_next(&job->strands[i]);
	job_put(job);
}

/* Return: whether it could be started; if not, there are no pages for it. */
static bool strand_start(struct dm_copy_strand *strand)
{
	struct dm_copy_job *job = strand->job;
	struct dm_kcopyd_client *kc = client_of(job);

	if (job->failed) {
		list_del(&strand->list);
		strand_rest(strand);
		return true;
	}
	if (!job->from.bdev) {
		list_del(&strand->list);
		strand_write_in_turn(strand);
		return true;
	}
	strand->pages = dm_page_stock_take(&kc->pages,
					   DIV_ROUND_UP_SECTOR_T(strand->count,
								 PAGE_SIZE >> SECTOR_SHIFT));
	if (!strand->pages)
		return false;
	list_del(&strand->list);
	strand_read(strand);
	return true;
}

unsigned long dm_copy_start(struct dm_kcopyd_client *kc)
{
	struct dm_copy_strand *strand;

	while ((strand = list_first_entry_or_null(&kc->waiting, struct dm_copy_strand, list))) {
		unsigned long wait = dm_throttle_wait(kc->throttle);

		if (wait)
			return wait;
		if (!strand_start(strand))
			break;
	}
	return 0;
}
