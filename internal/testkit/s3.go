package testkit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/uuid"
)

// versityGateway is the S3 server of the tests: unlike in-process imitations it
// checks signatures, their age and the policies inside them.
const versityGateway = "github.com/versity/versitygw/cmd/versitygw@v1.8.0"

const (
	s3Region    = "us-east-1"
	s3AccessKey = "test-access-key"
	s3Secret    = "test-secret-access-key"
)

// StartS3 starts an S3 server that keeps its objects in dir. Tests find it
// through TEST_S3_ENDPOINT_URL and the variables beside it.
func StartS3(ctx context.Context, dir string) (*Part, error) {
	program, err := tool("versitygw", versityGateway)
	if err != nil {
		return nil, err
	}
	// The metadata stands in a folder of its own, because temporary folders
	// do not always have extended attributes.
	objects, metadata := filepath.Join(dir, "objects"), filepath.Join(dir, "metadata")
	for _, folder := range []string{objects, metadata} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			return nil, err
		}
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	logPath := filepath.Join(dir, "versitygw.log")
	server, err := startProcess(logPath, program,
		"--port", address,
		"--access", s3AccessKey, "--secret", s3Secret, "--region", s3Region,
		"posix", "--sidecar", metadata, objects)
	if err != nil {
		return nil, err
	}
	if err := server.waitForPort(ctx, address, logPath); err != nil {
		server.stop()
		return nil, err
	}
	return &Part{
		Env: []string{
			"TEST_S3_ENDPOINT_URL=http://" + address,
			"TEST_S3_REGION=" + s3Region,
			"TEST_S3_ACCESS_KEY_ID=" + s3AccessKey,
			"TEST_S3_SECRET_ACCESS_KEY=" + s3Secret,
		},
		Stop: server.stop,
	}, nil
}

// Bucket is an empty bucket of one test, and what is needed to reach it.
type Bucket struct {
	EndpointURL     string
	Region          string
	AccessKeyID     string
	SecretAccessKey string
	Name            string
}

// S3 makes a bucket that no other test uses.
func S3(t testing.TB) Bucket {
	t.Helper()
	bucket := Bucket{
		EndpointURL:     environment(t, "TEST_S3_ENDPOINT_URL"),
		Region:          environment(t, "TEST_S3_REGION"),
		AccessKeyID:     environment(t, "TEST_S3_ACCESS_KEY_ID"),
		SecretAccessKey: environment(t, "TEST_S3_SECRET_ACCESS_KEY"),
		Name:            "test-" + uuid.NewString(),
	}
	client := s3.New(s3.Options{
		BaseEndpoint: aws.String(bucket.EndpointURL),
		Region:       bucket.Region,
		UsePathStyle: true,
		Credentials:  credentials.NewStaticCredentialsProvider(bucket.AccessKeyID, bucket.SecretAccessKey, ""),
	})
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String(bucket.Name)}); err != nil {
		t.Fatalf("make a bucket: %v", err)
	}
	return bucket
}

// tool returns the path of a program that `make` installs into .bin beside
// go.mod.
func tool(name, module string) (string, error) {
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	path := filepath.Join(root, ".bin", name)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s is not in .bin: install it with `GOBIN=$PWD/.bin go install %s`", name, module)
	} else if err != nil {
		return "", err
	}
	return path, nil
}

// moduleRoot returns the folder that holds go.mod, at or above the working
// directory.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		above := filepath.Dir(dir)
		if above == dir {
			return "", errors.New("no go.mod at or above the working directory")
		}
		dir = above
	}
}
