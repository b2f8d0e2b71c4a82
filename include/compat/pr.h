/* SPDX-License-Identifier: GPL-2.0 */
/* Bridged: 6.5 let those in the kernel read keys and reservations, through pr_ops. */
#ifndef DM_COMPAT_PR_H
#define DM_COMPAT_PR_H

#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#define DM_COMPAT_PR_READ
#endif

#endif
