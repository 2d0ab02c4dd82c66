module istio-multicluster/lab/toolchain/fortio

go 1.26.0

tool fortio.org/fortio

require (
	fortio.org/cli v1.5.1 // indirect
	fortio.org/dflag v1.7.0 // indirect
	fortio.org/fortio v1.63.0 // indirect
	fortio.org/log v1.12.0 // indirect
	fortio.org/scli v1.13.1 // indirect
	fortio.org/sets v1.0.3 // indirect
	fortio.org/struct2env v0.4.0 // indirect
	fortio.org/version v1.0.3 // indirect
	github.com/fsnotify/fsnotify v1.7.0 // indirect
	github.com/golang/protobuf v1.5.3 // indirect
	github.com/google/uuid v1.4.0 // indirect
	golang.org/x/exp v0.0.0-20231206192017-f3f8817b8deb // indirect
	golang.org/x/net v0.19.0 // indirect
	golang.org/x/sys v0.15.0 // indirect
	golang.org/x/text v0.14.0 // indirect
	google.golang.org/genproto/googleapis/rpc v0.0.0-20231127180814-3a041ad873d4 // indirect
	google.golang.org/grpc v1.59.0 // indirect
	google.golang.org/protobuf v1.31.0 // indirect
)
