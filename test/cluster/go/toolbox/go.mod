module bulkhead.test/toolbox

go 1.26.0
