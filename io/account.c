// SPDX-License-Identifier: GPL-2.0
/*
 * I/O accounting: /proc/diskstats and /sys/block/dm-N/stat, and statistics.
 *
 * Each piece counts as one I/O of its length. A bio that asks for a flush
 * before its data counts twice, as the block layer's own flush machinery sees
 * it: once, empty, for the flush, and once for the data.
 */
#include "compat/acct.h"
#include "device.h"
#include "io.h"

static unsigned int acct_sectors(const struct dm_clone *lead)
{
	return lead->orig->bi_opf & REQ_PREFLUSH ? 0 : lead->len;
}

/**
 * dm_acct_start() - a piece is on its way
 * @lead: its leading clone; only the first call counts
 */
void dm_acct_start(struct dm_clone *lead)
{
	struct bio *orig = lead->orig;

	if (test_and_set_bit(DM_CLONE_ACCOUNTED, &lead->flags))
		return;
	if (dm_compat_acct_wanted(orig->bi_bdev)) {
		set_bit(DM_CLONE_COUNTED, &lead->flags);
		dm_compat_acct_start(orig->bi_bdev, acct_sectors(lead), bio_op(orig),
				     lead->start);
	}
	if (dm_stats_start(&lead->md->stats, &lead->stats, bio_op(orig), lead->sector,
			   acct_sectors(lead), lead->start))
		set_bit(DM_CLONE_STATS, &lead->flags);
}

/**
 * dm_acct_end() - a piece has ended
 * @lead: its leading clone
 */
void dm_acct_end(struct dm_clone *lead)
{
	struct bio *orig = lead->orig;

	if (test_bit(DM_CLONE_COUNTED, &lead->flags))
		dm_compat_acct_end(orig->bi_bdev, acct_sectors(lead), bio_op(orig), lead->start);
	if (unlikely(test_bit(DM_CLONE_STATS, &lead->flags)))
		dm_stats_end(&lead->md->stats, &lead->stats, bio_op(orig), lead->sector,
			     lead->start);
}
