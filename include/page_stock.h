/* SPDX-License-Identifier: GPL-2.0 */
/* The pages that one kcopyd client copies by way of. */
#ifndef DM_PAGE_STOCK_H
#define DM_PAGE_STOCK_H

#include <linux/dm-io.h>

/**
 * struct dm_page_stock - pages kept for one user
 * @free: those at hand
 * @at_hand: how many these are
 * @kept: how many pages the stock has at least, given out ones included
 * @most: how many may be given out at a time
 * @out: how many are
 *
 * Whoever asks for no more than @kept gets them, once what is given out has come
 * back, whatever the state of the machine's memory.
 *
 * The user serialises all calls.
 */
struct dm_page_stock {
	struct page_list *free;
	unsigned int at_hand;
	unsigned int kept;
	unsigned int most;
	unsigned int out;
};

/**
 * dm_page_stock_init() - allocate what is kept
 * @kept: pages, at least 1
 * @most: pages, at least @kept
 *
 * Context: may sleep. Return: 0 or -ENOMEM.
 */
int dm_page_stock_init(struct dm_page_stock *stock, unsigned int kept, unsigned int most);

/** dm_page_stock_exit() - free it; nothing may be given out */
void dm_page_stock_exit(struct dm_page_stock *stock);

/**
 * dm_page_stock_take() - get pages
 * @n: how many, 1 to @stock->kept
 *
 * Context: does not wait for memory. Return: a list of @n pages, or NULL: try
 * again when pages have come back.
 */
struct page_list *dm_page_stock_take(struct dm_page_stock *stock, unsigned int n);

/**
 * dm_page_stock_give() - give back what dm_page_stock_take() returned
 * @pages: the list, or NULL
 */
void dm_page_stock_give(struct dm_page_stock *stock, struct page_list *pages);

#endif
