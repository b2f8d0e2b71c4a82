// SPDX-License-Identifier: GPL-2.0
/* zero: reads zeroes, forgets what is written. No parameters. */
#include <linux/module.h>

#include "builtin.h"
#include "compat/target.h"

static int zero_ctr(struct dm_target *ti, unsigned int argc, char **argv)
{
	if (argc) {
		ti->error = "No arguments required";
		return -EINVAL;
	}
	/* a discard is dropped as a write is, not unsupported */
	ti->num_discard_bios = 1;
	ti->discards_supported = dm_compat_discards_anywhere();
	return 0;
}

static bool zero_end(struct dm_target *ti, struct bio *bio, blk_status_t *result)
{
	switch (bio_op(bio)) {
	case REQ_OP_READ:
		/* reading ahead of zeroes would only fill memory with them */
		if (bio->bi_opf & REQ_RAHEAD)
			*result = BLK_STS_IOERR;
		else
			zero_fill_bio(bio);
		break;
	case REQ_OP_WRITE:
	case REQ_OP_DISCARD:
		break;
	default:
		*result = BLK_STS_IOERR;
	}
	return true;
}

static int zero_map(struct dm_target *ti, struct bio *bio)
{
	blk_status_t status = BLK_STS_OK;

	zero_end(ti, bio, &status);
	if (status)
		return DM_MAPIO_KILL;
	bio_endio(bio);
	return DM_MAPIO_SUBMITTED;
}

static void zero_io_hints(struct dm_target *ti, struct queue_limits *limits)
{
	dm_compat_hint_discards(limits);
}

struct target_type dm_zero_type = {
	.name = "zero",
	.version = DM_COMPAT_ZERO_VERSION,
	.features = DM_TARGET_NOWAIT,
	.module = THIS_MODULE,
	.ctr = zero_ctr,
	.map = zero_map,
	.io_hints = zero_io_hints,
};

const struct dm_type_ops dm_zero_ops = {
	.end = zero_end,
	.has_module = true,
};
