/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fields of struct dm_target that came or went.
 *
 * Bridged: 6.11 dropped needs_stable_writes, when targets began to say it in
 * their queue limits.
 */
#ifndef DM_COMPAT_TARGET_H
#define DM_COMPAT_TARGET_H

#include <linux/device-mapper.h>
#include <linux/version.h>

static inline bool dm_compat_needs_stable_writes(const struct dm_target *ti)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
	return ti->needs_stable_writes;
#else
	return false;
#endif
}

#endif
