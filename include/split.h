/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How long a piece of an I/O may be. Pure arithmetic in sectors.
 */
#ifndef DM_SPLIT_H
#define DM_SPLIT_H

#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/types.h>

/**
 * dm_split_boundary() - sectors from an offset to the next multiple of a chunk
 * @offset: where
 * @chunk: not zero, need not be a power of two
 *
 * Return: 1 to @chunk.
 */
static inline sector_t dm_split_boundary(sector_t offset, u32 chunk)
{
	u32 into;

	if (is_power_of_2(chunk))
		into = offset & (chunk - 1);
	else
		div_u64_rem(offset, chunk, &into);
	return chunk - into;
}

/**
 * dm_split_len() - sectors of an I/O that can go to a target in one piece
 * @offset: where it begins, relative to the target
 * @target_len: length of the target, more than @offset
 * @max_io_len: the target's limit, whose multiples no piece may cross; or zero
 * @max_sectors: the queue's limit, which counts where the target has one
 * @want: sectors of the I/O
 *
 * Return: 1 to @want.
 */
static inline sector_t dm_split_len(sector_t offset, sector_t target_len, u32 max_io_len,
				    unsigned int max_sectors, sector_t want)
{
	sector_t len = min(want, target_len - offset);

	if (max_io_len) {
		len = min(len, dm_split_boundary(offset, max_io_len));
		if (max_sectors)
			len = min_t(sector_t, len, max_sectors);
	}
	return len;
}

#endif
