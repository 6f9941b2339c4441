package flow

// Logs tells that a join keeps its sides as logs of many rows in a value: nothing but time takes a row away.
func (j *Join) Logs() bool { return j.AppendOnly && j.Kind == InnerJoin && !j.Lookup }
