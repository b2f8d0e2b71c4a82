/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the stock module of the kernel refuses, and how it says so in the log.
 *
 * Bridged: by 6.12 it had come to look closer at target specifications and
 * at names, and to say what is wrong with them.
 */
#ifndef DM_COMPAT_WORDS_H
#define DM_COMPAT_WORDS_H

#include <linux/string.h>
#include <linux/version.h>

/* Target specifications have to be aligned, and to overlap with nothing before them. */
#define DM_COMPAT_SPECS_STRICT	(LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0))

/**
 * dm_compat_name_refused() - may a device have this name?
 * @name: not empty
 *
 * Return: what is wrong with it, in words, or NULL.
 */
static inline const char *dm_compat_name_refused(const char *name)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
	return strchr(name, '/') ? "invalid device name" : NULL;
#else
	if (strchr(name, '/'))
		return "device name cannot contain '/'";
	/* in /dev/mapper these are taken */
	if (!strcmp(name, "control") || !strcmp(name, ".") || !strcmp(name, ".."))
		return "device name cannot be \"control\", \".\", or \"..\"";
	return NULL;
#endif
}

#endif
