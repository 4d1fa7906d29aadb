// A TLB as plainly as it can be said, which the engine is compared with: a list of pages for each set, the newest
// first, and for tree PLRU an explicit tree. 4 KiB pages of one address space, no flush.
#pragma once

#include <algorithm>
#include <list>
#include <memory>
#include <vector>

#include "base/types.h"

namespace mmscope::test {

class NaiveTlb {
public:
    virtual ~NaiveTlb() = default;
    // Whether the page is there; afterwards it is, as the newest of its set.
    virtual bool look_up_and_fill(u64 page) = 0;

    u64 hits = 0;
    u64 misses = 0;
    void access(u64 page) { ++(look_up_and_fill(page) ? hits : misses); }
};

class NaiveLruTlb : public NaiveTlb {
public:
    NaiveLruTlb(u32 entries, u32 ways) : ways_(ways), sets_(entries / ways) {}
    bool look_up_and_fill(u64 page) override {
        std::list<u64>& set = sets_[page % sets_.size()];
        const auto found = std::find(set.begin(), set.end(), page);
        const bool is_hit = found != set.end();
        if (is_hit) set.erase(found);
        set.push_front(page);
        if (set.size() > ways_) set.pop_back();
        return is_hit;
    }

private:
    u32 ways_;
    std::vector<std::list<u64>> sets_;
};

// A node parts its ways in two; the right part is the larger one. `next` is where the next victim is sought.
struct PlruNode {
    std::unique_ptr<PlruNode> left, right;
    bool next_is_right = false;
    u64 page = 0;
    bool is_used = false;
    u32 ways = 1;

    explicit PlruNode(u32 count) : ways(count) {
        if (count < 2) return;
        left = std::make_unique<PlruNode>(count / 2);
        right = std::make_unique<PlruNode>(count - count / 2);
    }
    // True if a leaf below holds the page; then every node above it turns away from it.
    bool use(u64 wanted) {
        if (ways == 1) return is_used && page == wanted;
        if (left->use(wanted)) return next_is_right = true;
        if (!right->use(wanted)) return false;
        next_is_right = false;
        return true;
    }
    PlruNode* first_unused() {
        if (ways == 1) return is_used ? nullptr : this;
        PlruNode* const found = left->first_unused();
        return found != nullptr ? found : right->first_unused();
    }
    PlruNode* victim() { return ways == 1 ? this : (next_is_right ? right : left)->victim(); }
};

class NaivePlruTlb : public NaiveTlb {
public:
    NaivePlruTlb(u32 entries, u32 ways) {
        for (u32 set = 0; set < entries / ways; ++set) sets_.emplace_back(ways);
    }
    bool look_up_and_fill(u64 page) override {
        PlruNode& set = sets_[page % sets_.size()];
        if (set.use(page)) return true;
        PlruNode* taken = set.first_unused();
        if (taken == nullptr) taken = set.victim();
        taken->page = page;
        taken->is_used = true;
        set.use(page);
        return false;
    }

private:
    std::vector<PlruNode> sets_;
};

// L1I, L1D and the L2 behind both, as cache simulators chain them.
struct NaiveHierarchy {
    std::unique_ptr<NaiveTlb> l1i, l1d, l2;
    void access(bool is_fetch, u64 page) {
        NaiveTlb& l1 = is_fetch ? *l1i : *l1d;
        const u64 before = l1.misses;
        l1.access(page);
        if (l1.misses != before) l2->access(page);
    }
};

template <class Structure>
NaiveHierarchy naive_hierarchy(u32 l1i, u32 l1i_ways, u32 l1d, u32 l1d_ways, u32 l2, u32 l2_ways) {
    return {std::make_unique<Structure>(l1i, l1i_ways), std::make_unique<Structure>(l1d, l1d_ways),
            std::make_unique<Structure>(l2, l2_ways)};
}

}  // namespace mmscope::test
