#include "mm/paging.h"

#include <algorithm>
#include <cassert>

namespace mmscope {

u32 TableStore::take(Pfn pfn, u32 height) {
    if (free_.empty()) {
        free_.push_back(static_cast<u32>(frames_.size()));
        frames_.push_back(kNoPfn.value);
        heights_.push_back(0);
        used_.push_back(0);
        words_.resize(words_.size() + kWords);
    }
    const u32 slot = free_.back();
    free_.pop_back();
    frames_[slot] = pfn.value;
    heights_[slot] = static_cast<u8>(height);
    return slot;
}

void TableStore::give_back(u32 slot) {
    std::fill_n(words_.data() + std::size_t{slot} * kWords, kWords, u64{0});
    used_[slot] = 0;
    frames_[slot] = kNoPfn.value;
    free_.push_back(slot);
}

void TableStore::write(u32 slot, u32 index, u32 entry_bytes, PageEntry entry) {
    const PageEntry old = read(slot, index, entry_bytes);
    used_[slot] = static_cast<u16>(used_[slot] + (entry.is_none() ? 0 : 1) - (old.is_none() ? 0 : 1));
    u64& word = words_[std::size_t{slot} * kWords + (entry_bytes == 8 ? index : index / 2)];
    if (entry_bytes == 8) {
        word = entry.bits;
        return;
    }
    assert(entry.bits >> 32 == 0);
    const u32 shift = index % 2 * 32;
    word = (word & ~(u64{0xffffffffU} << shift)) | entry.bits << shift;
}

TableStore TableStore::without_words() const {
    TableStore store;
    store.frames_ = frames_;
    store.heights_ = heights_;
    store.used_ = used_;
    store.free_ = free_;
    return store;
}

u64 TableStore::bytes() const {
    return words_.size() * sizeof(u64) + (frames_.size() + free_.size()) * sizeof(u32) +
           used_.size() * (sizeof(u16) + sizeof(u8));
}

}  // namespace mmscope
