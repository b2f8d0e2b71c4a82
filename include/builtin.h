/* SPDX-License-Identifier: GPL-2.0 */
/* The target types that are part of the module; only targets/ includes this. */
#ifndef DM_BUILTIN_H
#define DM_BUILTIN_H

#include "target.h"

/**
 * struct dm_area - a range of sectors of an underlying device
 * @dev: the device, got for the target
 * @start: first sector there
 */
struct dm_area {
	struct dm_dev *dev;
	sector_t start;
};

/**
 * dm_area_create() - from "DEV START"
 * @ti: the target; its error is set where this fails
 * @argv: the two words
 * @result: for ti->private; dm_area_destroy() gives it back
 *
 * Return: 0 or a negative errno.
 */
int dm_area_create(struct dm_target *ti, char **argv, struct dm_area **result);

/** dm_area_destroy() - put the device, free the area @ti: the target @area: what it has */
void dm_area_destroy(struct dm_target *ti, struct dm_area *area);

/* Of a target whose ti->private is its area; for the first, it may be NULL. */
int dm_area_iterate_devices(struct dm_target *ti, iterate_devices_callout_fn fn, void *data);
#ifdef CONFIG_BLK_DEV_ZONED
int dm_area_report_zones(struct dm_target *ti, struct dm_report_zones_args *args,
			 unsigned int nr_zones);
#else
#define dm_area_report_zones NULL
#endif

extern struct target_type dm_linear_type;
extern const struct dm_type_ops dm_linear_ops;
extern struct target_type dm_striped_type;
extern const struct dm_type_ops dm_striped_ops;
extern struct target_type dm_error_type;
extern const struct dm_type_ops dm_error_ops;
extern struct target_type dm_zero_type;
extern const struct dm_type_ops dm_zero_ops;

#endif
