/* SPDX-License-Identifier: GPL-2.0 */
/* Bridged: 6.12 moved <asm/unaligned.h> to <linux/unaligned.h>. */
#ifndef DM_COMPAT_UNALIGNED_H
#define DM_COMPAT_UNALIGNED_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
#include <asm/unaligned.h>
#else
#include <linux/unaligned.h>
#endif

#endif
