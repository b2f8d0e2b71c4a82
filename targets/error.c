// SPDX-License-Identifier: GPL-2.0
/*
 * error: fails every I/O. Takes any parameters, so that it can stand in for all. On
 * kernels whose stock module does so, "DEV START" are those of a device whose limits
 * and zones it shows.
 */
#include <linux/module.h>

#include "builtin.h"
#include "compat/target.h"

static int error_ctr(struct dm_target *ti, unsigned int argc, char **argv)
{
	struct dm_area *area = NULL;
	int r;

	if (DM_COMPAT_ERROR_ITERATES && argc == 2) {
		r = dm_area_create(ti, argv, &area);
		if (r)
			return r;
	}
	ti->private = area;
	/* a discard is to fail as every I/O does, not to be unsupported */
	ti->num_discard_bios = 1;
	ti->discards_supported = dm_compat_discards_anywhere();
	return 0;
}

static void error_dtr(struct dm_target *ti)
{
	if (ti->private)
		dm_area_destroy(ti, ti->private);
}

static int error_map(struct dm_target *ti, struct bio *bio)
{
	return DM_MAPIO_KILL;
}

static int error_clone_and_map_rq(struct dm_target *ti, struct request *rq,
				  union map_info *map_context, struct request **clone)
{
	return DM_MAPIO_KILL;
}

static void error_release_clone_rq(struct request *clone, union map_info *map_context)
{
}

#ifdef CONFIG_BLK_DEV_ZONED
static int error_report_zones(struct dm_target *ti, struct dm_report_zones_args *args,
			      unsigned int nr_zones)
{
	/* a table without the device is not zoned, and never asked */
	return ti->private ? dm_area_report_zones(ti, args, nr_zones) : -EIO;
}
#else
#define error_report_zones NULL
#endif

static void error_io_hints(struct dm_target *ti, struct queue_limits *limits)
{
	dm_compat_hint_discards(limits);
}

static bool error_end(struct dm_target *ti, struct bio *bio, blk_status_t *result)
{
	*result = BLK_STS_IOERR;
	return true;
}

struct target_type dm_error_type = {
	.name = "error",
	.version = DM_COMPAT_ERROR_VERSION,
	.features = DM_COMPAT_ERROR_FEATURES,
	.module = THIS_MODULE,
	.ctr = error_ctr,
	.dtr = error_dtr,
	.map = error_map,
	.clone_and_map_rq = error_clone_and_map_rq,
	.release_clone_rq = error_release_clone_rq,
	.iterate_devices = DM_COMPAT_ERROR_ITERATES ? dm_area_iterate_devices : NULL,
	.report_zones = DM_COMPAT_ERROR_ITERATES ? error_report_zones : NULL,
	.io_hints = error_io_hints,
};

const struct dm_type_ops dm_error_ops = {
	.end = error_end,
};
