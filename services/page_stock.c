// SPDX-License-Identifier: GPL-2.0
/* The pages that a kcopyd client copies by way of, see include/page_stock.h. */
#include <linux/gfp.h>
#include <linux/slab.h>

#include "page_stock.h"

/* Beyond what is kept: only what can be had for the asking. */
#define GFP_EXTRA (__GFP_KSWAPD_RECLAIM | __GFP_NORETRY | __GFP_NOWARN)

static struct page_list *entry_alloc(gfp_t gfp)
{
	struct page_list *entry = kmalloc(sizeof(*entry), gfp);

	if (!entry)
		return NULL;
	entry->page = alloc_page(gfp | __GFP_HIGHMEM);
	if (entry->page)
		return entry;
	kfree(entry);
	return NULL;
}

static void entry_free(struct page_list *entry)
{
	__free_page(entry->page);
	kfree(entry);
}

static struct page_list *entry_pop(struct page_list **list)
{
	struct page_list *entry = *list;

	if (entry)
		*list = entry->next;
	return entry;
}

static void entry_push(struct page_list **list, struct page_list *entry)
{
	entry->next = *list;
	*list = entry;
}

int dm_page_stock_init(struct dm_page_stock *stock, unsigned int kept, unsigned int most)
{
	*stock = (struct dm_page_stock) { .kept = kept, .most = most };
	for (; stock->at_hand < kept; stock->at_hand++) {
		struct page_list *entry = entry_alloc(GFP_KERNEL);

		if (!entry) {
			dm_page_stock_exit(stock);
			return -ENOMEM;
		}
		entry_push(&stock->free, entry);
	}
	return 0;
}

void dm_page_stock_exit(struct dm_page_stock *stock)
{
	struct page_list *entry;

	WARN_ON(stock->out);
	while ((entry = entry_pop(&stock->free)))
		entry_free(entry);
	stock->at_hand = 0;
}

static struct page_list *stock_get(struct dm_page_stock *stock)
{
	struct page_list *entry = entry_pop(&stock->free);

	if (entry)
		stock->at_hand--;
	else
		entry = entry_alloc(GFP_EXTRA);
	return entry;
}

struct page_list *dm_page_stock_take(struct dm_page_stock *stock, unsigned int n)
{
	struct page_list *pages = NULL, *entry;
	unsigned int limit = stock->out + n;

	if (limit > stock->most)
		return NULL;
	for (; stock->out < limit; stock->out++) {
		entry = stock_get(stock);
		if (!entry) {
			/* who holds a part and waits would keep it from the next */
			dm_page_stock_give(stock, pages);
			return NULL;
		}
		entry_push(&pages, entry);
	}
	return pages;
}

void dm_page_stock_give(struct dm_page_stock *stock, struct page_list *pages)
{
	struct page_list *entry;

	while ((entry = entry_pop(&pages))) {
		stock->out--;
		if (stock->at_hand < stock->kept) {
			entry_push(&stock->free, entry);
			stock->at_hand++;
		} else {
			entry_free(entry);
		}
	}
}
