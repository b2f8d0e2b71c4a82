/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which functions the kernel's core exports to targets, where that changed.
 *
 * Bridged:
 *  - 6.5 made dm_get_dev_t() into dm_devt_from_path(), which tells its caller
 *    what is wrong with a path;
 *  - 6.12 has no dm_get_queue_limits() any more.
 */
#ifndef DM_COMPAT_EXPORTS_H
#define DM_COMPAT_EXPORTS_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
#define DM_COMPAT_GET_DEV_T
#endif
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
#define DM_COMPAT_GET_QUEUE_LIMITS
#endif

#endif
