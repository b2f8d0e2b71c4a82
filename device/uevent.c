// SPDX-License-Identifier: GPL-2.0
/* uevents of mapped devices, as udev's rules for the device mapper want them. */
#include <linux/kobject.h>
#include <linux/module.h>

#include "device.h"

/* "DM_COOKIE=" and a 32-bit number */
#define COOKIE_LEN 24

bool dm_device_uevent(struct mapped_device *md, enum kobject_action action, u32 cookie,
		      bool resized)
{
	char cookie_env[COOKIE_LEN];
	char *env[3];
	unsigned int n = 0;

	if (!test_bit(DM_DEV_DISK_ADDED, &md->flags))
		return false;
	if (cookie) {
		snprintf(cookie_env, sizeof(cookie_env), "DM_COOKIE=%u", cookie);
		env[n++] = cookie_env;
	}
	if (resized)
		env[n++] = "RESIZE=1";
	env[n] = NULL;
	return !kobject_uevent_env(&disk_to_dev(md->disk)->kobj, action, env);
}

/**
 * dm_next_uevent_seq() - a number for a uevent of a path
 * @md: the device
 */
u32 dm_next_uevent_seq(struct mapped_device *md)
{
	return atomic_add_return(1, &md->uevent_seq);
}
