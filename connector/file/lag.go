package file

import "os"

// Lag is how many bytes of the file are still to be read.
func (r *reader) Lag() int64 {
	info, err := os.Stat(r.path)
	if err != nil || r.rotated {
		return -1 // the rest of another file comes first
	}
	return max(info.Size()-r.at.position, 0)
}
