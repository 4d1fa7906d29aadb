// Bytes of a large memory of which few differ from what one would expect: runs of one value each, by address.
//
//   0x1038 .. 0x103a  6a       0x2000 .. 0x3000  00
//
// Runs do not overlap. What is not in any run is as expected, and the holder knows what that is.
#pragma once

#include <map>
#include <optional>

#include "base/types.h"

namespace mmscope {

class ByteRuns {
public:
    void set(u64 from, u64 to, u8 value) {
        if (from >= to) return;
        erase(from, to);
        runs_[from] = {to, value};
    }
    void erase(u64 from, u64 to) {
        auto run = after(from);
        while (run != runs_.end() && run->first < to) {
            const auto [start, old] = *run;
            run = runs_.erase(run);
            if (start < from) runs_[start] = {from, old.value};
            if (old.end > to) runs_[to] = {old.end, old.value};
        }
    }
    std::optional<u8> find(u64 address) const {
        const auto run = after(address);
        if (run == runs_.end() || run->first > address) return std::nullopt;
        return run->second.value;
    }
    bool touches(u64 from, u64 to) const {
        const auto run = after(from);
        return from < to && run != runs_.end() && run->first < to;
    }
    template <class Use>
    void for_each(Use&& use) const {
        for (const auto& [from, run] : runs_) use(from, run.end, run.value);
    }
    std::size_t size() const { return runs_.size(); }

private:
    struct Run {
        u64 end = 0;
        u8 value = 0;
    };
    // The first run that ends behind `address`.
    std::map<u64, Run>::const_iterator after(u64 address) const {
        auto run = runs_.upper_bound(address);
        if (run != runs_.begin() && std::prev(run)->second.end > address) --run;
        return run;
    }
    std::map<u64, Run>::iterator after(u64 address) {
        auto run = runs_.upper_bound(address);
        if (run != runs_.begin() && std::prev(run)->second.end > address) --run;
        return run;
    }

    std::map<u64, Run> runs_;
};

}  // namespace mmscope
