// The classic SLAB once more, for one cache, as simply as it can be said: lists of numbers, stacks of objects.
#pragma once

#include <algorithm>
#include <list>
#include <map>
#include <utility>
#include <vector>

#include "base/types.h"

namespace mmscope::test {

class NaiveClassic {
public:
    using Object = std::pair<u32, u32>;  // slab and place; slabs are numbered as they come
    using Queue = std::vector<Object>;   // the one given next last

    struct Sizes {
        u32 objects, limit, batchcount, shared_limit, free_limit, cpus;
    };
    explicit NaiveClassic(const Sizes& sizes) : sizes_(sizes), arrays_(sizes.cpus), touched_(sizes.cpus) {}

    Object alloc(u32 cpu) {
        Queue& mine = arrays_[cpu];
        if (mine.empty()) refill(cpu);
        touched_[cpu] = true;
        const Object object = mine.back();
        mine.pop_back();
        return object;
    }
    void free(Object object, u32 cpu) {
        Queue& mine = arrays_[cpu];
        if (mine.size() == sizes_.limit) {
            u32 count = sizes_.batchcount;
            const u32 room = sizes_.shared_limit - static_cast<u32>(shared_.size());
            if (room != 0) count = std::min(count, room);
            for (u32 at = 0; at < count; ++at) {
                if (room != 0)
                    shared_.push_back(mine[at]);
                else
                    put_back(mine[at]);
            }
            mine.erase(mine.begin(), mine.begin() + count);
        }
        mine.push_back(object);
    }
    void reap(u32 cpu, u64 seconds) {
        bool touched = touched_[cpu];
        drain(arrays_[cpu], sizes_.limit, &touched);
        touched_[cpu] = touched;
        if (seconds < next_reap_) return;
        next_reap_ = seconds + 4;
        bool never = false;
        drain(shared_, sizes_.shared_limit, &never);
        if (!std::exchange(free_touched_, false))
            drop_free((sizes_.free_limit + 5 * sizes_.objects - 1) / (5 * sizes_.objects));
    }
    void shrink() {
        for (Queue& mine : arrays_)
            for (const Object& object : std::exchange(mine, {})) put_back(object);
        for (const Object& object : std::exchange(shared_, {})) put_back(object);
        drop_free(0xffffffffU);
    }

    u32 slabs() const { return static_cast<u32>(full_.size() + partial_.size() + free_.size()); }
    u32 active_slabs() const { return static_cast<u32>(full_.size() + partial_.size()); }
    u32 free_objects() const {
        std::size_t sum = 0;
        for (const auto& slab : chains_) sum += slab.second.size();
        return static_cast<u32>(sum);
    }
    u32 shared() const { return static_cast<u32>(shared_.size()); }
    bool has(u32 slab) const { return chains_.count(slab) != 0; }

private:
    void refill(u32 cpu) {
        Queue& mine = arrays_[cpu];
        u32 wanted = touched_[cpu] ? sizes_.batchcount : std::min(sizes_.batchcount, 16U);
        if (!shared_.empty()) {
            wanted = std::min(wanted, static_cast<u32>(shared_.size()));
            mine.assign(shared_.end() - wanted, shared_.end());
            shared_.resize(shared_.size() - wanted);
            return;
        }
        while (wanted != 0) {
            if (partial_.empty()) free_touched_ = true;
            if (partial_.empty() && free_.empty()) {
                if (!mine.empty()) return;
                chains_[next_].resize(sizes_.objects);
                for (u32 at = 0; at < sizes_.objects; ++at) chains_[next_][at] = sizes_.objects - 1 - at;
                free_.push_back(next_++);
            }
            std::list<u32>& from = partial_.empty() ? free_ : partial_;
            const u32 slab = from.front();
            from.pop_front();
            std::vector<u32>& chain = chains_[slab];
            for (; wanted != 0 && !chain.empty(); --wanted) {
                mine.push_back({slab, chain.back()});
                chain.pop_back();
            }
            (chain.empty() ? full_ : partial_).push_front(slab);
        }
    }
    void put_back(Object object) {
        const u32 slab = object.first;
        std::vector<u32>& chain = chains_[slab];
        for (std::list<u32>* list : {&full_, &partial_, &free_}) list->remove(slab);
        chain.push_back(object.second);
        if (chain.size() < sizes_.objects) return partial_.push_back(slab);
        if (free_objects() > sizes_.free_limit)
            chains_.erase(slab);
        else
            free_.push_front(slab);
    }
    void drain(Queue& queue, u32 limit, bool* touched) {
        if (queue.empty() || std::exchange(*touched, false)) return;
        u32 count = (limit + 4) / 5;
        if (count > queue.size()) count = static_cast<u32>(queue.size() + 1) / 2;
        for (u32 at = 0; at < count; ++at) put_back(queue[at]);
        queue.erase(queue.begin(), queue.begin() + count);
    }
    void drop_free(u32 most) {
        for (; most != 0 && !free_.empty(); --most) {
            chains_.erase(free_.back());
            free_.pop_back();
        }
    }

    Sizes sizes_;
    std::vector<Queue> arrays_;
    std::vector<bool> touched_;
    Queue shared_;
    std::list<u32> full_, partial_, free_;
    std::map<u32, std::vector<u32>> chains_;  // the next free object last
    u32 next_ = 0;
    u64 next_reap_ = 4;
    bool free_touched_ = false;
};

}  // namespace mmscope::test
